import type { InputTotals } from '@millrace/connect'
import { bugError, compileAsset, type FeaturesAsset, type Project, streamOf, type TableScan, type Window } from '@millrace/core'
import type { Duckdb } from '@millrace/engine-duckdb'
import type { ComputedAsset } from '../pipeline/view-job.ts'
import { queryRows } from '../query/one-query.ts'
import { type RaisedAlert, raisedAlerts } from '../query/raised-alerts.ts'
import { topRows } from '../query/top-rows.ts'
import { type AssetCounters, NO_COUNTERS } from './asset-counters.ts'

/** The document `millrace run --json` prints: it describes the whole input. */
export interface RunDocument {
  readonly run: { readonly id: string; readonly project: string; readonly engine: 'stream'; readonly resumed: boolean }
  readonly input: Readonly<Record<string, unknown>>
  readonly assets: Readonly<Record<string, AssetFigures>>
  readonly top: readonly Record<string, unknown>[]
  readonly alerts: readonly RaisedAlert[]
  readonly seconds: number
}

export interface AssetFigures {
  readonly rows_in: number
  readonly rows_counted: number
  readonly late: number
  readonly late_memberships: number
  /** Of a view with a map: rows that it refused before they were counted; rows_in = rows_counted + late + dead_letters. */
  readonly dead_letters?: number
  /** Of a view with a map: rows of results that it refused. */
  readonly dead_results?: number
  readonly rows: number
  readonly keys: number
}

export interface RunFacts {
  readonly runId: string
  readonly resumed: boolean
  readonly name: string
  readonly totals: InputTotals
  readonly newLines: number
  readonly counters: Readonly<Record<string, AssetCounters>>
}

export interface DocumentSources {
  readonly duckdb: Duckdb
  readonly project: Project
  readonly stream: string
  readonly scans: ReadonlyMap<string, TableScan>
  /** Says of model alerts what moved their scores. */
  readonly explain: (alerts: readonly RaisedAlert[]) => Promise<readonly RaisedAlert[]>
}

/** Makes the document from the counters and the committed tables, and checks that the balances hold. */
export async function runDocument(facts: RunFacts, sources: DocumentSources): Promise<Omit<RunDocument, 'seconds'>> {
  const { project, duckdb } = sources
  checkInputBalance(facts.totals)
  const views = project.computed.filter((view) => streamOf(view).name === sources.stream)
  const assets: Record<string, AssetFigures> = {}
  for (const view of views) assets[view.name] = await assetFigures(view, facts.counters[view.name] ?? NO_COUNTERS, sources)
  const rows = sqlOf(sources, sources.stream)
  const ranked = views.find((view): view is FeaturesAsset => view.kind === 'features' && view.keys.length === 0 && view.entity.length > 0)
  const top = ranked === undefined ? [] : await topRows(duckdb, ranked, rows)
  const alerts: RaisedAlert[] = []
  for (const alert of project.alerts) {
    if (streamOf(alert).name !== sources.stream) continue
    alerts.push(...(await sources.explain(await raisedAlerts(duckdb, alert, { view: sqlOf(sources, alert.input.name), rows }))))
  }
  return {
    run: { id: facts.runId, project: project.name, engine: 'stream', resumed: facts.resumed },
    input: inputFigures(facts),
    assets,
    top,
    alerts,
  }
}

function sqlOf(sources: DocumentSources, table: string): string {
  const scan = sources.scans.get(table)
  if (scan === undefined)
    throw bugError('run/missing-table', `Table \`${table}\` was not committed.`, { asked: table, found: [...sources.scans.keys()] })
  return scan.sql
}

function inputFigures(facts: RunFacts): Record<string, unknown> {
  const { totals } = facts
  const time = (ms: number | undefined): string | null => (ms === undefined ? null : new Date(ms).toISOString())
  return {
    name: facts.name,
    bytes: totals.bytes,
    sha256: totals.sha256,
    lines: totals.lines,
    blank: totals.blank,
    decoded: totals.decoded,
    dead_letters: totals.deadLetters,
    reasons: totals.reasons,
    first_event: time(totals.firstEvent),
    last_event: time(totals.lastEvent),
    new_lines: facts.newLines,
  }
}

async function assetFigures(view: ComputedAsset, counters: AssetCounters, sources: DocumentSources): Promise<AssetFigures> {
  const table = sqlOf(sources, view.name)
  const keys = view.entity.map((name) => `"${name}"`).join(', ')
  const whole = view.kind === 'features' ? wholeCount(view) : undefined
  const sum = whole === undefined ? 'NULL' : `coalesce(sum("${whole.name}"), 0)::BIGINT`
  const distinct = keys === '' ? 'least(count(*), 1)' : `(SELECT count(*) FROM (SELECT DISTINCT ${keys} FROM ${table}))`
  const [[rows, counted, keyCount]] = await queryRows(sources.duckdb, `SELECT count(*), ${sum}, ${distinct} FROM ${table}`)
  checkAssetBalance(view, counters, counted === null ? undefined : Number(counted))
  return {
    rows_in: counters.rowsIn,
    rows_counted: counters.rowsCounted,
    late: counters.lateAll,
    late_memberships: counters.lateMemberships,
    ...(hasMap(view) ? { dead_letters: counters.deadLetters, dead_results: counters.deadResults } : {}),
    rows: Number(rows),
    keys: Number(keyCount),
  }
}

function hasMap(view: ComputedAsset): boolean {
  return compileAsset(view).nodes.some(({ node }) => node.kind === 'map')
}

/** The aggregate that counts every row, when the view has one. */
function wholeCount(view: FeaturesAsset): FeaturesAsset['aggregates'][number] | undefined {
  return view.aggregates.find((one) => one.fn === 'count' && one.args === undefined && one.where === undefined)
}

function checkInputBalance(totals: InputTotals): void {
  if (totals.lines === totals.blank + totals.decoded + totals.deadLetters) return
  throw bugError(
    'law/balance',
    `Of ${totals.lines} lines ${totals.blank} are blank, ${totals.decoded} decoded and ${totals.deadLetters} dead letters: that does not add up.`,
    { found: totals },
  )
}

/** rows in = counted + late + dead letters; and Σ count + late memberships = rows in × windows per row. */
function checkAssetBalance(view: ComputedAsset, counters: AssetCounters, counted: number | undefined): void {
  const window = windowOf(view)
  const perRow = window?.kind === 'hopping' ? window.size_ms / window.every_ms : 1
  const rows = counters.rowsIn === counters.rowsCounted + counters.lateAll + counters.deadLetters
  const memberships = counted === undefined || counted + counters.lateMemberships === counters.rowsIn * perRow
  if (rows && memberships) return
  throw bugError('law/balance', `The figures of \`${view.name}\` do not add up.`, {
    asked: view.name,
    found: { ...counters, counted, windows_per_row: perRow },
  })
}

function windowOf(view: ComputedAsset): Window | undefined {
  if (view.kind === 'joined') return view.base.window
  return view.kind === 'features' ? view.window : undefined
}
