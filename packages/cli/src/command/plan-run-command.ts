import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { type ExactJson, parseExactJson } from '@millrace/connect'
import { MillraceError, type PlanRunner, sizeBytes, userError } from '@millrace/core'
import { printJson, printText } from '../output/print.ts'
import { textTable } from '../output/table.ts'
import { planRunner } from '../plan-run/engine.ts'
import { type PlanCase, planCase } from '../plan-run/plan-case.ts'
import { type FunctionPlaces, planFunctions } from '../plan-run/plan-functions.ts'
import { type PlanRun, runCase } from '../plan-run/run-case.ts'
import { refuseMapElsewhere, refuseMissing } from '../plan-run/unsupported.ts'
import type { CommonOptions } from './common-options.ts'
import { checkMode } from './explain-command.ts'

interface PlanRunCommandOptions extends CommonOptions {
  readonly plan?: string
  readonly input?: string
  readonly cases?: string
  readonly engine: string
  readonly mode?: string
  readonly batch?: number
  readonly workers?: number
  readonly killAt?: number
  readonly stateMemory?: string
  readonly changelog?: boolean
  readonly resume?: string
  readonly modules?: string
}

/** Runs a plan over rows, or many plans. */
export async function planRunCommand(options: PlanRunCommandOptions): Promise<void> {
  if (options.cases !== undefined) return runCases(options, options.cases)
  if (options.plan === undefined || options.input === undefined) {
    throw userError('cli/usage', '`plan-run` needs `--plan FILE` and `--input FILE`, or `--cases FILE`.', {
      asked: options.plan ?? options.input ?? null,
      do: 'See `millrace plan-run --help`.',
    })
  }
  const plan = readJson(options.plan)
  refuseMapElsewhere(plan, options.engine)
  const { runner, close } = await planRunner(options.engine)
  try {
    refuseMissing(plan, options.engine)
    const one = planCase(plan, readJsonLines(options.input))
    printRun(options, await runOne(options, runner, { one, places: placesOf(options, options.plan) }))
  } finally {
    await close()
  }
}

function printRun(options: PlanRunCommandOptions, { document, changelog }: PlanRun): void {
  if (options.changelog === true) for (const change of changelog) printJson(change)
  else if (options.json === true) printJson(document)
  else
    printText(
      textTable(
        document.columns.map((column) => column.name),
        document.rows.map((row) => document.columns.map((column) => row[column.name])),
      ),
    )
}

/** Files that a plan names lie from its own folder, or from the one that is said. */
function placesOf({ project, modules }: PlanRunCommandOptions, file: string): FunctionPlaces {
  return { project: resolve(project), from: resolve(modules ?? (file === '-' ? '.' : dirname(file))) }
}

async function runOne(
  options: PlanRunCommandOptions,
  runner: PlanRunner,
  { one, places }: { readonly one: PlanCase; readonly places: FunctionPlaces },
): Promise<PlanRun> {
  const functions = await planFunctions(one.plan, places)
  const run = { mode: checkMode(options.mode ?? 'as_served'), batchRows: options.batch, workers: options.workers, functions }
  const stateBytes = options.stateMemory === undefined ? undefined : sizeBytes(options.stateMemory, 'memory for state', 'cli')
  if (options.killAt === undefined && options.resume === undefined && stateBytes === undefined) return runCase(runner, one, run)
  if (runner.engine !== 'stream') {
    throw userError(
      'engine/unsupported',
      `Engine \`${runner.engine}\` keeps no state between runs, so there is nothing to put away, or to kill and resume.`,
      {
        asked: options.killAt ?? options.stateMemory,
        found: runner.engine,
        do: 'Use `--engine stream`.',
        details: {
          engine: runner.engine,
          operation: options.killAt === undefined ? 'state-memory' : 'kill-at',
          engines_that_can: ['stream'],
        },
      },
    )
  }
  const { runKilled } = await import('../plan-run/durable-run.ts')
  const document = await runKilled(one, { ...run, places, killAt: options.killAt ?? 0, resume: options.resume, stateBytes })
  return { document, changelog: document.rows.map((row) => ({ op: '+I' as const, row })) }
}

/** Engines that run elsewhere get all cases at once, as they run many in one job. */
const TAKES_ALL_AT_ONCE: readonly string[] = ['flink']

async function runCases(options: PlanRunCommandOptions, file: string): Promise<void> {
  const { runner, close } = await planRunner(options.engine)
  try {
    const documents: Promise<object>[] = []
    for (const line of readJsonLines(file)) {
      const document = caseDocument(options, runner, { file, line, number: documents.length })
      documents.push(document)
      document.catch(() => {})
      if (!TAKES_ALL_AT_ONCE.includes(options.engine)) printJson(await document)
    }
    if (TAKES_ALL_AT_ONCE.includes(options.engine)) for (const document of documents) printJson(await document)
  } finally {
    await close()
  }
}

interface CaseLine {
  readonly file: string
  readonly line: ExactJson
  readonly number: number
}

async function caseDocument(options: PlanRunCommandOptions, runner: PlanRunner, { file, line, number }: CaseLine): Promise<object> {
  const { id = number, plan, input = [], mode } = line as { id?: unknown; plan?: unknown; input?: Iterable<unknown>; mode?: string }
  try {
    refuseMapElsewhere(plan, options.engine)
    refuseMissing(plan, options.engine)
    const one = planCase(plan, input)
    const { document } = await runOne({ ...options, mode: mode ?? options.mode }, runner, { one, places: placesOf(options, file) })
    return { id, ...document }
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error
    return { id, ...error.toDocument() }
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT')
      throw userError('source/missing-file', `\`${file}\` does not exist.`, {
        asked: file,
        found: 'no such file',
        do: 'Name an existing file.',
        cause,
      })
    throw userError('source/unreadable', `\`${file}\` cannot be read (${code}).`, {
      asked: file,
      found: code,
      do: 'Name a readable file.',
      cause,
    })
  }
}

function readJson(file: string): ExactJson {
  try {
    return parseExactJson(readText(file))
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause
    throw userError('input/bad-json', `\`${file}\` is not JSON: ${cause.message}.`, {
      asked: file,
      found: cause.message,
      do: 'Correct the file.',
      at: { file },
    })
  }
}

function* readJsonLines(file: string): Generator<ExactJson> {
  let line = 0
  for (const text of readText(file).split('\n')) {
    line += 1
    if (text.trim() === '') continue
    try {
      yield parseExactJson(text)
    } catch (cause) {
      throw userError('input/bad-json', `Line ${line} of \`${file}\` is not JSON: ${(cause as Error).message}.`, {
        asked: file,
        found: text.slice(0, 200),
        do: 'Write one JSON object a line.',
        at: { file, line },
      })
    }
  }
}
