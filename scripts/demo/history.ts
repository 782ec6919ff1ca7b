import { join } from 'node:path'
import type { Commands } from './commands.ts'
import type { Progress } from './progress.ts'

/** Of `millrace run --json`. */
interface RunDocument {
  readonly input: {
    readonly lines: number
    readonly blank: number
    readonly decoded: number
    readonly dead_letters: number
  }
  readonly assets: Readonly<
    Record<string, { readonly rows_in: number; readonly rows_counted: number; readonly late: number; rows: number }>
  >
  readonly seconds: number
}

interface RangeFigures {
  readonly from: string
  readonly to: string
  readonly rows: number
  readonly positives: number
}

/** Of `millrace train --json`, one model. */
export interface TrainedModel {
  readonly name: string
  readonly version: number
  readonly artifact_sha256: string
  readonly threshold: number
  readonly train: RangeFigures
  readonly validate: RangeFigures
  readonly test: RangeFigures & { readonly roc_auc: number | null; readonly pr_auc: number | null }
  readonly decisions: Readonly<Record<string, number>>
  readonly gates: readonly {
    readonly name: string
    readonly value: number | null
    readonly limit: number
    readonly passed: boolean
    readonly evidence: string
  }[]
  readonly deployed: object | null
}

export interface History {
  readonly days: number
  readonly log: string
  readonly run: RunDocument
  readonly models: readonly TrainedModel[]
}

export interface HistoryOptions {
  readonly folder: string
  readonly seed: number
  readonly days: number
  /** First moment after the history, epoch ms. */
  readonly end: number
}

const DAY_MS = 86_400_000

/** Simulates the past, ingests it, and trains, judges and deploys the models on it. */
export async function makeHistory(commands: Commands, progress: Progress, options: HistoryOptions): Promise<History> {
  const { folder, seed, days, end } = options
  const start = new Date(end - days * DAY_MS).toISOString()
  await progress.during(
    `History: simulating ${days} days of the shop's log up to ${new Date(end).toISOString().slice(0, 10)}, seed ${seed}`,
    commands.text([commands.simulator('simulate.ts'), '--seed', String(seed), '--days', String(days), '--start', start, '--out', folder]),
  )
  const log = join(folder, 'access.log')
  const run = await progress.during(
    'History: millrace run --input history/access.log',
    commands.document<RunDocument>(commands.words('run', '--input', log)),
  )
  const rows = Object.entries(run.assets).map(([name, { rows: count }]) => `${counted(count)} of ${name}`)
  progress.say(`  ${counted(run.input.lines)} lines in ${run.seconds} s; rows: ${rows.join(', ')}`)
  const labels = join(folder, 'labels.jsonl')
  const { models } = await progress.during(
    'History: millrace train --labels history/labels.jsonl --deploy',
    commands.document<{ models: TrainedModel[] }>(commands.words('train', '--input', log, '--labels', labels, '--deploy'), {
      onNote: (line) => progress.say(`  ${line}`),
    }),
  )
  for (const model of models) for (const line of modelLines(model)) progress.say(line)
  return { days, log, run, models }
}

function modelLines({ name, version, threshold, train, test, gates }: TrainedModel): string[] {
  return [
    `  ${name} version ${version}: learned from ${counted(train.rows)} rows, ${counted(train.positives)} of attacks; decides from ${threshold.toFixed(4)}`,
    `    judged on ${counted(test.rows)} later rows: roc_auc ${test.roc_auc?.toFixed(5) ?? '–'}, pr_auc ${test.pr_auc?.toFixed(5) ?? '–'}`,
    ...gates.map(({ passed, evidence }) => `    ${passed ? '✓' : '✗'} ${evidence}`),
  ]
}

export function counted(value: number): string {
  return value.toLocaleString('en-US')
}
