import type { Commands } from '../commands.ts'
import type { History } from '../history.ts'
import type { LiveStatus } from '../live-feed.ts'

export interface LawVerdict {
  readonly law: number
  readonly passed: boolean
  readonly evidence: Readonly<Record<string, unknown>>
}

/** A model's table beside the view that it reads. */
export interface ScoredPair {
  readonly model: string
  readonly view: string
}

interface Parity {
  readonly equal: boolean
  readonly until: string | null
  readonly rows: { readonly compared: number; readonly only_stream: number; readonly only_batch: number }
}

type Views = LiveStatus['views']

/** Law 1: every line is blank, decoded or a dead letter, and every row is counted or late, in the past and live. */
export function lawOfBalance({ run }: Pick<History, 'run'>, status: LiveStatus | undefined, views: Views = {}): LawVerdict {
  const { lines, blank, decoded, dead_letters } = run.input
  const isWhole = (of: { lines: number; blank: number; decoded: number; dead_letters: number }): boolean =>
    of.lines > 0 && of.lines === of.blank + of.decoded + of.dead_letters
  const areCounted = (counted: Views, rows: number): boolean =>
    Object.keys(counted).length > 0 &&
    Object.values(counted).every((view) => view.rows_in === view.rows_counted + view.late && view.rows_in === rows)
  const history = isWhole(run.input) && areCounted(run.assets, decoded)
  const live = status !== undefined && isWhole(status) && areCounted(views, status.decoded)
  const figures =
    status === undefined
      ? null
      : { lines: status.lines, blank: status.blank, decoded: status.decoded, dead_letters: status.dead_letters, views }
  return {
    law: 1,
    passed: history && live,
    evidence: { history: { lines, blank, decoded, dead_letters, assets: run.assets }, live: figures },
  }
}

/**
 * The balance of views that another engine computes, from their tables: rows of the stream, those that are in windows or will be, and late ones. `hits` of
 * a view with tumbling windows counts each row once.
 */
export async function countedInWindows(commands: Commands, views: readonly string[]): Promise<Views> {
  const counted: Record<string, Views[string]> = {}
  for (const view of views) {
    const { rows } = await commands.rows(
      `select (select count(*) from requests), (select count(*) from ${view}__late),
(select sum(hits) from ${view}) + (select count(*) from requests where event_time >= (select max(window_end) from ${view}))`,
    )
    const [rows_in, late, rows_counted] = rows[0].map(Number)
    counted[view] = { rows_in, rows_counted, late }
  }
  return counted
}

/** Law 9: what was scored live is what batch computes from the lake, bit for bit, and every row was scored on the view's values. */
export async function lawOfParity(commands: Commands, pairs: readonly ScoredPair[]): Promise<LawVerdict> {
  const evidence: Record<string, unknown> = {}
  let passed = pairs.length > 0
  for (const { model, view } of pairs) {
    const parity = await commands.document<Parity>(commands.words('parity', view), { accepts: [1] })
    const { only_scored, only_view, scored } = await scoredBeside(commands, { model, view })
    evidence[view] = { equal: parity.equal, until: parity.until, ...parity.rows, scored, only_scored, only_view }
    passed = passed && parity.equal && parity.rows.compared > 0 && scored > 0 && only_scored === 0 && only_view === 0
  }
  return { law: 9, passed, evidence }
}

async function scoredBeside(commands: Commands, { model, view }: ScoredPair) {
  const { columns } = await commands.rows(`select * from ${view} limit 0`)
  const names = columns.map(({ name }) => `"${name}"`).join(', ')
  const only = (one: string, other: string): string => `(select ${names} from ${one} except all select ${names} from ${other})`
  const { rows } = await commands.rows(
    `select (select count(*) from ${only(model, view)}), (select count(*) from ${only(view, model)}), (select count(*) from ${model})`,
  )
  const [only_scored, only_view, scored] = rows[0].map(Number)
  return { only_scored, only_view, scored }
}
