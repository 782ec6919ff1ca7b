import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { REFERENCE_SETS, referenceSet } from '../../packages/ml/test/reference-set.ts'
import type { CaseReport } from './case-report.ts'
import { pythonWithSklearn, runSklearn, SKLEARN_VERSION, writeSet } from './sklearn.ts'

const THREADS = 2
/** Stored and recomputed figures may differ by the order in which threads sum up. */
const TOLERANCE = 1e-3
const figuresFile = new URL('../../packages/ml/test/sklearn-figures.json', import.meta.url)

interface StoredFigures {
  readonly version: string
  readonly sets: Readonly<Record<string, { readonly settings: object; readonly roc_auc: number }>>
}

/** scikit-learn still reaches what the unit tests hold our trainer against. */
export function checkSklearn(version: string, report: CaseReport): void {
  const stored = JSON.parse(readFileSync(figuresFile, 'utf8')) as StoredFigures
  const folder = mkdtempSync(join(tmpdir(), 'millrace-interop-sklearn-'))
  try {
    const sets = REFERENCE_SETS.map(referenceSet)
    for (const set of sets) writeSet(folder, set)
    const figures = runSklearn(pythonWithSklearn(version), folder, sets, THREADS)
    report.add('scikit-learn version', stored.version === SKLEARN_VERSION ? undefined : `the stored figures are of ${stored.version}`)
    figures.forEach(({ name, roc_auc: found }, at) => {
      const { roc_auc: wanted, settings } = stored.sets[name]
      const same = JSON.stringify(settings) === JSON.stringify(sets[at].settings)
      report.add(`scikit-learn settings of ${name}`, same ? undefined : `stored are ${JSON.stringify(settings)}`)
      const near = Math.abs(found - wanted) <= TOLERANCE
      report.add(`scikit-learn ${name}`, near ? undefined : `ROC AUC is ${found}, stored is ${wanted}`)
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
