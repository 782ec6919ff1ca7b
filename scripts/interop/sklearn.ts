import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { operatingError } from '@millrace/core'
import type { ReferenceSet } from '../../packages/ml/test/reference-set.ts'
import { pythonWith } from './python-venv.ts'

const RUN_MS_MAX = 30 * 60_000
export const SKLEARN_VERSION = '1.9.1'
const PROGRAM = join(import.meta.dirname, 'sklearn_cases.py')

/** What scikit-learn reached on one set. */
export interface SklearnFigures {
  readonly name: string
  readonly roc_auc: number
  /** Of `fit` alone. */
  readonly seconds: number
  readonly cpu_seconds: number
  readonly version: string
}

/** The Python of a virtual environment with scikit-learn. */
export function pythonWithSklearn(version: string): string {
  return pythonWith(version, { name: 'sklearn', packages: [`scikit-learn==${SKLEARN_VERSION}`] })
}

/** Writes a set's numbers where `sklearn_cases.py` reads them. */
export function writeSet(folder: string, set: ReferenceSet): void {
  for (const part of ['train', 'test'] as const) {
    const { columns, labels, rows } = set[part]
    const numbers = new Float32Array(columns.length * rows)
    for (const [at, column] of columns.entries()) numbers.set(column, at * rows)
    writeFileSync(join(folder, `${set.name}-${part}.f32`), numbers)
    writeFileSync(join(folder, `${set.name}-${part}.u8`), labels)
  }
}

/** Trains scikit-learn on sets that were written before, on a bounded number of threads. */
export function runSklearn(python: string, folder: string, sets: readonly ReferenceSet[], threads: number): SklearnFigures[] {
  const asked = sets.map(({ name, settings, train, test }) => ({
    name,
    settings,
    features: train.features.length,
    train: train.rows,
    test: test.rows,
  }))
  const { status, stdout, stderr, error } = spawnSync(python, [PROGRAM], {
    input: JSON.stringify({ folder, threads, sets: asked }),
    encoding: 'utf8',
    timeout: RUN_MS_MAX,
  })
  if (status === 0)
    return stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as SklearnFigures)
  throw operatingError('interop/python-failed', `scikit-learn ended early: ${error?.message ?? ''}${stderr}`, {
    asked: sets.map(({ name }) => name),
    found: status,
    do: 'Run scripts/interop/sklearn_cases.py alone to see what is wrong.',
  })
}
