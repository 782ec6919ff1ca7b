import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { operatingError } from '@millrace/core'
import { benchmarkRows, type ReferenceSet } from '../../packages/ml/test/reference-set.ts'
import { pythonVersion } from '../../scripts/interop/python-venv.ts'
import { pythonWithSklearn, runSklearn, SKLEARN_VERSION, writeSet } from '../../scripts/interop/sklearn.ts'
import { runChild } from '../measure/child.ts'
import { type Spread, spreadOf } from '../measure/spread.ts'
import type { TrainBenchJob } from './job.ts'

/** Share of scikit-learn's speed that must be reached. */
const TARGET = 0.35
const AREA_DIFFERENCE_MAX = 0.005
const THREADS = 2
const FEATURES = 20
const TEST_ROWS = 100_000
const SEED = 1
const SETTINGS = { max_iter: 100, learning_rate: 0.1, max_leaf_nodes: 31, min_samples_leaf: 20, l2_regularization: 0 }

export interface TrainBenchOptions {
  readonly rows: number
  readonly repeats: number
  readonly onStep: (text: string) => void
}

interface Run {
  readonly seconds: number
  readonly cpu_seconds: number
  readonly roc_auc: number
}

interface TrainCase {
  readonly name: string
  readonly unit: 's'
  readonly rows: number
  readonly ours: Spread & { readonly cpu_seconds: Spread }
  readonly peer: Spread & { readonly name: 'scikit-learn'; readonly version: string; readonly cpu_seconds: Spread }
  /** Our speed as a share of the peer's: its median time by ours. */
  readonly ratio: number
  readonly target: number
  readonly met: boolean
}

export interface TrainBenchResult {
  readonly order: 'interleaved'
  readonly repeats: number
  readonly same_result: boolean
  /** Area under the ROC curve on rows that neither has seen. */
  readonly roc_auc: { readonly ours: number; readonly peer: number }
  readonly cases: readonly TrainCase[]
  readonly commands: { readonly ours: string; readonly peer: string }
  readonly peer_settings: object
}

/** Our trainer and scikit-learn's HistGradientBoostingClassifier on the same rows with the same settings, in turn. */
export async function trainBench(options: TrainBenchOptions): Promise<TrainBenchResult> {
  const version = pythonVersion()
  if (version === undefined)
    throw operatingError('bench/no-python', 'python3 is not installed; scikit-learn needs it.', { do: 'Install Python 3.' })
  const python = pythonWithSklearn(version)
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-train-'))
  try {
    const set = writeRows(folder, options.rows)
    const ours: Run[] = []
    const peer: Run[] = []
    for (let repeat = 0; repeat < options.repeats; repeat++) {
      ours.push(JSON.parse((await runChild(['bench/train-ours.ts', folder])).stdout) as Run)
      options.onStep(told('ours', ours[repeat]))
      peer.push(runSklearn(python, folder, [set], THREADS)[0])
      options.onStep(told('peer', peer[repeat]))
    }
    return compared(options, ours, peer)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function writeRows(folder: string, rows: number): ReferenceSet {
  const train = benchmarkRows(rows, FEATURES, SEED)
  const set = { name: 'bench', settings: SETTINGS, train, test: benchmarkRows(TEST_ROWS, FEATURES, SEED + 1) }
  writeSet(folder, set)
  const job: TrainBenchJob = { name: set.name, features: train.features, rows, testRows: TEST_ROWS, settings: SETTINGS, threads: THREADS }
  writeFileSync(join(folder, 'job.json'), JSON.stringify(job))
  return set
}

function told(who: string, { seconds, cpu_seconds, roc_auc }: Run): string {
  return `${who} ${seconds.toFixed(2)} s, ${cpu_seconds.toFixed(1)} s of CPU, ROC AUC ${roc_auc.toFixed(4)}`
}

function compared({ rows, repeats }: TrainBenchOptions, ours: readonly Run[], peer: readonly Run[]): TrainBenchResult {
  const same = ours.every((one, at) => Math.abs(one.roc_auc - peer[at].roc_auc) <= AREA_DIFFERENCE_MAX)
  return {
    order: 'interleaved',
    repeats,
    same_result: same,
    roc_auc: { ours: ours[0].roc_auc, peer: peer[0].roc_auc },
    cases: same ? [caseOf(rows, ours, peer)] : [],
    commands: { ours: 'node bench/train-ours.ts <folder>', peer: 'python scripts/interop/sklearn_cases.py < request.json' },
    peer_settings: { ...SETTINGS, early_stopping: false, random_state: 0, OMP_NUM_THREADS: THREADS, features: FEATURES },
  }
}

function caseOf(rows: number, ours: readonly Run[], peer: readonly Run[]): TrainCase {
  const timesOf = (runs: readonly Run[]): Spread => spreadOf(runs.map(({ seconds }) => seconds))
  const cpuOf = (runs: readonly Run[]): Spread => spreadOf(runs.map(({ cpu_seconds }) => cpu_seconds))
  const [mine, theirs] = [timesOf(ours), timesOf(peer)]
  const ratio = Math.round((theirs.median / mine.median) * 1000) / 1000
  return {
    name: `${rows} rows × ${FEATURES}, ${SETTINGS.max_iter} trees of ${SETTINGS.max_leaf_nodes} leaves`,
    unit: 's',
    rows,
    ours: { ...mine, cpu_seconds: cpuOf(ours) },
    peer: { name: 'scikit-learn', version: SKLEARN_VERSION, ...theirs, cpu_seconds: cpuOf(peer) },
    ratio,
    target: TARGET,
    met: ratio >= TARGET,
  }
}
