import { readFileSync } from 'node:fs'
import { type ExactJson, parseExactJson } from '@millrace/connect'
import { MillraceError, userError } from '@millrace/core'
import { printJson, printText } from '../output/print.ts'
import { textTable } from '../output/table.ts'
import { planRunner } from '../plan-run/engine.ts'
import { type PlanCase, planCase } from '../plan-run/plan-case.ts'
import { type PlanRun, runCase } from '../plan-run/run-case.ts'
import { refuseMissing } from '../plan-run/unsupported.ts'
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
  readonly changelog?: boolean
  readonly resume?: string
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
  const runner = await planRunner(options.engine)
  const plan = readJson(options.plan)
  refuseMissing(plan, options.engine)
  const one = planCase(plan, readJsonLines(options.input))
  const { document, changelog } = await runOne(options, runner, one)
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

async function runOne(options: PlanRunCommandOptions, runner: Awaited<ReturnType<typeof planRunner>>, one: PlanCase): Promise<PlanRun> {
  const run = { mode: checkMode(options.mode ?? 'as_served'), batchRows: options.batch, workers: options.workers }
  if (options.killAt === undefined && options.resume === undefined) return runCase(runner, one, run)
  if (runner.engine !== 'stream') {
    throw userError(
      'engine/unsupported',
      `Engine \`${runner.engine}\` keeps nothing between runs, so there is nothing to kill and resume.`,
      {
        asked: options.killAt,
        found: runner.engine,
        do: 'Use `--engine stream`.',
        details: { engine: runner.engine, operation: 'kill-at', engines_that_can: ['stream'] },
      },
    )
  }
  const { runKilled } = await import('../plan-run/durable-run.ts')
  const document = await runKilled(one, { ...run, killAt: options.killAt ?? 0, resume: options.resume })
  return { document, changelog: document.rows.map((row) => ({ op: '+I' as const, row })) }
}

async function runCases(options: PlanRunCommandOptions, file: string): Promise<void> {
  const runner = await planRunner(options.engine)
  let number = 0
  for (const line of readJsonLines(file)) {
    const { id = number, plan, input = [], mode } = line as { id?: unknown; plan?: unknown; input?: Iterable<unknown>; mode?: string }
    number += 1
    try {
      refuseMissing(plan, options.engine)
      const { document } = await runOne({ ...options, mode: mode ?? options.mode }, runner, planCase(plan, input))
      printJson({ id, ...document })
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error
      printJson({ id, ...error.toDocument() })
    }
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
