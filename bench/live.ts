import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { operatingError } from '@millrace/core'

const ROOT = fileURLToPath(new URL('../', import.meta.url))
const COMMAND = join(ROOT, 'packages/cli/bin/millrace.js')
/** Watermark delay of the example. */
const DELAY_MS = 30_000
/** Time for the last lines to come through. */
const SETTLE_MS = 3_000

export interface LiveOptions {
  readonly linesPerSecond: number
  readonly seconds: number
  /** Windows and lags of the first seconds do not count: code is compiled then. */
  readonly warmUpSeconds: number
  /** Event time runs this much faster than the clock; at 60 a window closes every second. */
  readonly speed: number
  readonly addresses: number
}

export interface Spread {
  readonly p50: number
  readonly p99: number
  readonly max: number
  readonly count: number
}

/** Milliseconds. Of `line_to_stamp_ms` the warm-up counts too. */
export interface LiveResult {
  readonly options: LiveOptions
  readonly lines: number
  /** From the writing of the line whose stamp closes a window to each printed row of it; rows are durable before they are printed. */
  readonly line_to_window_ms: Spread
  /** From the writing of a line to its stamp. */
  readonly line_to_stamp_ms: Spread
  /** From the stamp into the view's state: the worst of each second. */
  readonly stamp_to_state_ms: Spread
}

export const LIVE_DEFAULTS: LiveOptions = { linesPerSecond: 20_000, seconds: 25, warmUpSeconds: 8, speed: 60, addresses: 20_000 }

/** Measures `millrace dev` on the weblogs example while another process appends lines to the followed file. */
export async function measureLive(options: LiveOptions = LIVE_DEFAULTS): Promise<LiveResult> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-live-bench-'))
  const project = join(folder, 'project')
  const state = join(folder, 'state')
  cpSync(join(ROOT, 'test/project/weblogs'), project, {
    recursive: true,
    filter: (path) => !/[\\/](node_modules|\.millrace|logs)$/.test(path),
  })
  symlinkSync(join(ROOT, 'node_modules'), join(project, 'node_modules'))
  mkdirSync(join(project, 'logs'))
  writeFileSync(join(project, 'logs/access.log'), '')
  const dev = startDev(project, state)
  try {
    await dev.ready
    await sleep(SETTLE_MS)
    const countFrom = Date.now() + options.warmUpSeconds * 1000
    const writtenAt = await write(join(project, 'logs/access.log'), options)
    await sleep(SETTLE_MS)
    await dev.stop()
    const stamped = await stampLatencies(project, state)
    return {
      options,
      lines: stamped.lines,
      line_to_window_ms: spread(
        windowLatencies(
          dev.windows.filter(({ at }) => at >= countFrom),
          writtenAt,
        ),
      ),
      line_to_stamp_ms: stamped.spread,
      stamp_to_state_ms: spread(dev.lags.filter(({ at }) => at >= countFrom).map(({ lag }) => lag)),
    }
  } finally {
    await dev.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

interface SeenWindow {
  readonly end: number
  readonly at: number
}

interface RunningDev {
  readonly ready: Promise<void>
  readonly windows: readonly SeenWindow[]
  readonly lags: readonly { readonly lag: number; readonly at: number }[]
  stop(): Promise<void>
}

function startDev(project: string, state: string): RunningDev {
  const child = spawn(process.execPath, [COMMAND, 'dev', '--json', '--project', project, '--state', state], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const windows: SeenWindow[] = []
  const lags: { lag: number; at: number }[] = []
  let found = (): void => {}
  const ready = new Promise<void>((resolve) => {
    found = resolve
  })
  const end = /"window_end":"([^"]+)"/
  createInterface({ input: child.stdout }).on('line', (text) => {
    if (text.startsWith('{"kind":"window"')) return void windows.push({ end: Date.parse(end.exec(text)?.[1] ?? ''), at: Date.now() })
    const event = JSON.parse(text) as { kind: string; lag_ms?: number | null }
    if (event.kind === 'file') found()
    if (typeof event.lag_ms === 'number') lags.push({ lag: event.lag_ms, at: Date.now() })
  })
  return {
    windows,
    lags,
    ready: Promise.race([
      ready,
      exited.then(() => {
        throw operatingError('bench/dev-ended', 'millrace dev ended before it followed a file.', { do: 'See what it wrote to stderr.' })
      }),
    ]),
    stop: async () => {
      child.kill('SIGTERM')
      await exited
    },
  }
}

/** Wall clock at which each second of event time was first written. */
async function write(file: string, options: LiveOptions): Promise<ReadonlyMap<number, number>> {
  const { linesPerSecond, seconds, speed, addresses } = options
  const writer = spawn(
    process.execPath,
    [fileURLToPath(new URL('./live/write-lines.ts', import.meta.url)), file, ...[linesPerSecond, seconds, speed, addresses].map(String)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const at = new Map<number, number>()
  createInterface({ input: writer.stdout }).on('line', (text) => {
    const [event, now] = text.split(' ').map(Number)
    at.set(event, now)
  })
  await once(writer, 'close')
  return at
}

function windowLatencies(windows: readonly SeenWindow[], writtenAt: ReadonlyMap<number, number>): readonly number[] {
  const seconds = [...writtenAt.keys()].sort((a, b) => a - b)
  return windows.flatMap(({ end, at }) => {
    const closing = seconds.find((second) => second >= end + DELAY_MS)
    return closing === undefined ? [] : [at - (writtenAt.get(closing) ?? at)]
  })
}

/** The lines carry when they were written, the stamps when they were taken in. */
async function stampLatencies(project: string, state: string): Promise<{ lines: number; spread: Spread }> {
  const ms = 'epoch_ms(_ingested_at) - user_agent::BIGINT'
  const query = `select count(*), quantile_cont(${ms}, 0.5), quantile_cont(${ms}, 0.99), max(${ms}) from requests`
  const text = await new Promise<string>((resolve, reject) => {
    execFile(process.execPath, [COMMAND, 'sql', query, '--json', '--project', project, '--state', state], (error, stdout) =>
      error === null ? resolve(stdout) : reject(error),
    )
  })
  const [[lines, p50, p99, max]] = (JSON.parse(text) as { rows: [[number, number, number, number]] }).rows
  return { lines, spread: { p50, p99, max, count: lines } }
}

function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share: number): number => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
  return { p50: at(0.5), p99: at(0.99), max: at(1), count: sorted.length }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(`${JSON.stringify(await measureLive(), undefined, 2)}\n`)
