import { durationMs, type TimeSlice, userError } from '@millrace/core'
import type { LakeCluster } from '@millrace/engine-flink'
import { type Backfill, type BackfillSlice, listBackfills, lockBackfills, openBackfill } from '@millrace/store'
import type { BackfillTarget } from '../backfill/backfill-target.ts'
import { carryOut } from '../backfill/carry-out.ts'
import { tableTarget } from '../backfill/table-target.ts'
import { cutSlices } from '../backfill/time-slice.ts'
import { viewTarget } from '../backfill/view-target.ts'
import { type BackfillEngine, chooseEngine } from '../flink-backfill/choose-engine.ts'
import { FlinkSlices } from '../flink-backfill/flink-slices.ts'
import type { SliceSize } from '../flink-backfill/slice-size.ts'
import { note, printJson, printText } from '../output/print.ts'
import { textTable } from '../output/table.ts'
import { type ReadContext, type ReadOptions, withReadContext } from '../scope/open-scope.ts'
import { instant } from './instant.ts'
import { Interruption } from './interruption.ts'

interface BackfillOptions extends ReadOptions {
  readonly from?: string
  readonly to?: string
  readonly slice?: string
  readonly parallel: number
  readonly engine?: string
  readonly dryRun?: boolean
  readonly list?: boolean
}

/** Requests that `--list` shows. */
const LISTED_MAX = 50
const DAY_MS = 86_400_000

/** Computes a stretch of a table anew, slice by slice, or shows what was asked for so far. */
export async function backfillCommand(options: BackfillOptions, asset: string | undefined): Promise<void> {
  if (options.list === true) return listCommand(options, asset)
  if (asset === undefined || options.from === undefined || options.to === undefined) throw incomplete()
  const stretch = { from: instant(options.from, '--from'), to: instant(options.to, '--to') }
  if (stretch.to <= stretch.from) throw empty(options.from, options.to)
  const started = performance.now()
  const interruption = new Interruption()
  try {
    const document = await withReadContext(options, (context) => backfill(context, { options, asset, stretch, interruption }))
    const seconds = Math.round(performance.now() - started) / 1000
    if (options.json === true) printJson({ ...document, seconds })
    else printText(backfillText(document))
    const failed = document.slices.some(({ state }) => state === 'failed')
    process.exitCode = failed ? 2 : interruption.exitStatus
  } finally {
    interruption.ignore()
  }
}

interface Asked {
  readonly options: BackfillOptions
  readonly asset: string
  readonly stretch: TimeSlice
  readonly interruption: Interruption
}

async function backfill(context: ReadContext, { options, asset, stretch, interruption }: Asked): Promise<BackfillDocument> {
  const target = await targetOf(context, asset)
  const sliceMs = sliceLength(target, options.slice)
  const slices = cutSlices(settledPart(target, onGrid(target, stretch)), sliceMs)
  const { cluster, largest } = await chooseEngine(context, { asked: options.engine, target, slices })
  const engine: BackfillEngine = cluster === undefined ? 'duckdb' : 'flink'
  const common = { asset, until: target.until === undefined ? null : iso(target.until), slice_ms: sliceMs, engine, largest_slice: largest }
  if (options.dryRun === true) return { backfill: { id: null, resumed: false, ...common }, slices: slices.map(plannedSlice) }
  const { id: scope, env } = context.scope
  const lock = await lockBackfills(context.store, { env, scope, asset })
  try {
    const request = { env, scope, project: context.loaded.project.name, asset, definition: target.definition, ...stretch, sliceMs }
    const { backfill: stored, resumed } = await openBackfill(context.store.db, request, slices)
    if (resumed) note(`going on with backfill ${stored.id}`)
    let stopped = false
    interruption.asked.catch(() => {
      stopped = true
      note('stopping after the slices under way; the same command goes on')
    })
    const done = await onEngine(context, target, cluster, (moved) =>
      carryOut(context, {
        target: moved,
        backfill: stored,
        parallel: options.parallel,
        onSlice: (slice, count) => note(progress(asset, slice, `${count}/${stored.slices.length}`)),
        stopped: () => stopped,
      }),
    )
    return { backfill: { id: stored.id, resumed, ...common }, slices: done.map(sliceDocument) }
  } finally {
    await lock.release()
  }
}

/** Works with a target whose slices a cluster computes, where there is one. */
async function onEngine<T>(
  context: ReadContext,
  target: BackfillTarget,
  cluster: LakeCluster | undefined,
  work: (target: BackfillTarget) => Promise<T>,
): Promise<T> {
  if (cluster === undefined || target.movable === undefined) return work(target)
  const { plan, to } = target.movable
  const slices = await FlinkSlices.open(context, target, { cluster, plan })
  try {
    return await work(to((request) => slices.rows(request)))
  } finally {
    await slices.close()
  }
}

async function targetOf(context: ReadContext, name: string): Promise<BackfillTarget> {
  const { project } = context.loaded
  const view = project.computed.find((one) => one.name === name)
  if (view !== undefined) return viewTarget(context, view)
  if (project.tables.some((table) => table.name === name)) return tableTarget(context, name)
  const { kind } = project.asset(name)
  throw userError('backfill/unsupported', `Asset \`${name}\`, of kind ${kind}, is neither a view with a table nor a table by SQL.`, {
    asked: name,
    found: [...project.computed, ...project.tables].map((one) => one.name),
    do: 'Name one of those found.',
  })
}

function sliceLength({ unitMs, name }: BackfillTarget, given: string | undefined): number {
  const ms = given === undefined ? Math.max(unitMs, DAY_MS) : durationMs(given, '`--slice`')
  if (ms > 0 && ms % unitMs === 0) return ms
  throw userError('backfill/bad-slice', `\`--slice\` is \`${given}\`; \`${name}\` is kept in stretches of ${unitMs / 1000} s.`, {
    asked: given,
    found: unitMs,
    do: 'Give a whole multiple of it.',
  })
}

/** The part of what is asked for that the stream is done with. */
function settledPart({ until, name }: BackfillTarget, { from, to }: TimeSlice): TimeSlice {
  if (until === undefined || to <= until) return { from, to }
  if (from < until) return { from, to: until }
  throw userError('backfill/not-settled', `The stream is still at \`${name}\` from ${iso(until)} on; nothing before that is asked for.`, {
    asked: iso(from),
    found: iso(until),
    do: 'Ask for an earlier time.',
  })
}

function onGrid({ unitMs, name }: BackfillTarget, stretch: TimeSlice): TimeSlice {
  if (stretch.from % unitMs === 0 && stretch.to % unitMs === 0) return stretch
  throw userError('backfill/bad-slice', `\`${name}\` is kept in stretches of ${unitMs / 1000} s, and \`--from\` and \`--to\` lie within.`, {
    asked: [iso(stretch.from), iso(stretch.to)],
    found: unitMs,
    do: 'Give times at which such a stretch begins, in UTC.',
  })
}

interface BackfillDocument {
  readonly backfill: {
    readonly id: string | null
    readonly asset: string
    readonly resumed: boolean
    readonly until: string | null
    readonly slice_ms: number
    readonly engine: BackfillEngine
    /** What the largest slice reads, where the engine was chosen by it. */
    readonly largest_slice: SliceSize | null
  }
  readonly slices: readonly SliceDocument[]
}

interface SliceDocument {
  readonly from: string
  readonly to: string
  readonly state: BackfillSlice['state']
  readonly attempts: number
  readonly rows: number | null
  readonly changed: number | null
  readonly snapshot: string | null
  readonly error: string | null
}

function plannedSlice({ from, to }: TimeSlice): SliceDocument {
  return sliceDocument({ from, to, state: 'pending', attempts: 0, rows: null, changed: null, snapshot: null, error: null })
}

function sliceDocument({ from, to, snapshot, ...rest }: BackfillSlice): SliceDocument {
  const { state, attempts, rows, changed, error } = rest
  return { from: iso(from), to: iso(to), state, attempts, rows, changed, snapshot: snapshot === null ? null : String(snapshot), error }
}

function progress(asset: string, slice: BackfillSlice, count: string): string {
  const what = slice.state === 'failed' ? `failed: ${slice.error}` : `${slice.rows} rows, ${slice.changed} changed`
  return `${asset} ${count} · ${iso(slice.from)} · ${what}`
}

function backfillText({ backfill: { asset, id, engine }, slices }: BackfillDocument): string {
  const lines = slices.map((slice) => [slice.from, slice.to, slice.state, slice.rows, slice.changed, slice.error])
  const failed = slices.filter(({ state }) => state === 'failed').length
  const head = id === null ? `${asset}: ${slices.length} slices would be computed on ${engine}` : `${asset}: backfill ${id} on ${engine}`
  const tail = failed === 0 ? [] : [`${failed} slices failed; the same command tries them again`]
  return [head, textTable(['from', 'to', 'state', 'rows', 'changed', 'error'], lines), ...tail].join('\n')
}

async function listCommand(options: BackfillOptions, asset: string | undefined): Promise<void> {
  const found = await withReadContext(options, ({ store, scope }) =>
    listBackfills(store.db, { env: scope.env, scope: scope.id, asset, limit: LISTED_MAX }),
  )
  const documents = found.map(listed)
  if (options.json === true) return printJson({ backfills: documents })
  const rows = documents.map((one) => [one.asset, one.from, one.to, one.slices, one.done, one.failed, one.created_at, one.finished_at])
  printText(textTable(['asset', 'from', 'to', 'slices', 'done', 'failed', 'asked for', 'finished'], rows))
}

function listed(one: Backfill) {
  const count = (state: BackfillSlice['state']): number => one.slices.filter((slice) => slice.state === state).length
  return {
    id: one.id,
    asset: one.asset,
    from: iso(one.from),
    to: iso(one.to),
    slice_ms: one.sliceMs,
    slices: one.slices.length,
    done: count('done'),
    failed: count('failed'),
    errors: one.slices.flatMap(({ from, error }) => (error === null ? [] : [{ from: iso(from), error }])),
    created_at: iso(one.createdAt),
    finished_at: one.finishedAt === null ? null : iso(one.finishedAt),
  }
}

function incomplete(): Error {
  return userError('cli/usage', 'A backfill needs an asset, `--from` and `--to`.', {
    asked: 'backfill',
    do: 'Write for example `millrace backfill ip_activity --from 2026-01-30T00:00:00Z --to 2026-02-01T00:00:00Z`, or `millrace backfill --list`.',
  })
}

function empty(from: string, to: string): Error {
  return userError('cli/usage', `\`--to\` (${to}) is not after \`--from\` (${from}).`, { asked: { from, to }, do: 'Give a later `--to`.' })
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
