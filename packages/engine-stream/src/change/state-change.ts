import type { WindowOperatorPlan } from '../operator/physical-plan.ts'
import type { KeptPage } from '../operator/state-page.ts'
import type { GroupGraph } from '../run/job-graph.ts'
import { type OpenGroup, openedGroup } from '../run/open-job.ts'
import type { RunLog, RunLogTransaction } from '../run/run-log.ts'
import { revokeAll } from '../run/share-record.ts'
import {
  apartPrefix,
  consumerOf,
  exchangeConsumerOf,
  exchangeTopicOf,
  GROUP_PREFIX,
  groupPrefix,
  type StreamJob,
  sourceTopic,
  statePrefix,
} from '../run/stream-job.ts'
import type { GroupMove } from './group-move.ts'
import type { GroupChange } from './job-change.ts'
import { firstWindowAfter } from './move-pages.ts'
import { freshTask, movedApart, movedTask } from './move-task.ts'
import { type StagePages, settledPages } from './settled-pages.ts'

type ReadLog = Pick<RunLog, 'entries' | 'position' | 'range' | 'topics'>
type Topics = Pick<StreamJob, 'topic' | 'topics'>

/** The writes by which the state of a group becomes that of its new form, made outside the write transaction. */
export interface StateChange {
  /** Why the state cannot be moved as it lies there now; none: it can. */
  readonly refused: readonly string[]
  readonly puts: readonly KeptPage[]
  readonly removes: readonly string[]
  readonly positions: readonly { readonly consumer: string; readonly topic: string; readonly partition: number; readonly next: number }[]
  readonly forget: readonly { readonly consumer: string; readonly topic: string }[]
  /** By view: where its first window begins in which further aggregates have counted all rows, epoch ms. */
  readonly completeFrom: ReadonlyMap<string, number>
}

const NOTHING: StateChange = { refused: [], puts: [], removes: [], positions: [], forget: [], completeFrom: new Map() }

/** Prepares what a change of a group needs; nobody may run its views meanwhile. Reads the group's whole state into memory. */
export function stateChange(log: ReadLog, topics: Topics, change: GroupChange): StateChange {
  const { before, after, move } = change
  if (before === null)
    return after === null || !areThere(log, topics, after) ? NOTHING : begun(log, topics, openedGroup(log, topics, after))
  if (after === null || move === null) return ended(log, topics, before)
  const opened = { before: openedGroup(log, topics, before), after: openedGroup(log, topics, after) }
  const refused = refusals(log, move, opened)
  return refused.length > 0 ? { ...NOTHING, refused } : moved(log, topics, { move, opened, grown: change.grown })
}

/** Writes what was prepared. All partitions are taken from whoever ran the views before. */
export function writeStateChange(log: ReadLog, transaction: RunLogTransaction, { puts, removes, positions, forget }: StateChange): void {
  for (const key of removes) transaction.remove(key)
  for (const { key, value } of puts) transaction.put(key, value)
  for (const { consumer, topic } of forget) transaction.forgetConsumer(consumer, topic)
  for (const { consumer, topic, partition, next } of positions) transaction.setPosition(consumer, topic, partition, next)
  revokeAll(log, transaction)
}

/** Of a source that is new too there is no topic yet, and nothing to pass over. */
function areThere(log: ReadLog, topics: Topics, { assets }: GroupGraph): boolean {
  const known = new Set(log.topics().map(({ topic }) => topic))
  return assets.every(({ plan }) => plan.sources.every(({ name }) => known.has(sourceTopic(topics, name))))
}

/** A view that is added begins with what comes from now on. */
function begun(log: ReadLog, topics: Topics, { graph, partitions }: OpenGroup): StateChange {
  const places = graph.stages.flatMap(({ ordinal, sources }) =>
    Array.from({ length: partitions[ordinal] }, (_, partition) => ({ stage: ordinal, sources, partition })),
  )
  const read = places.flatMap(({ sources, partition }) =>
    sources.map((source) => ({ source, topic: sourceTopic(topics, source), partition })),
  )
  return {
    ...NOTHING,
    puts: [
      ...groupRecords(graph),
      ...places.map(({ stage, partition }) => {
        const { key, value } = freshTask(graph, stage, partitions)
        return { key: statePrefix(graph.name, stage, partition) + key, value }
      }),
    ],
    positions: read.flatMap(({ source, topic, partition }) =>
      graph.assets
        .filter(({ plan }) => plan.sources.some(({ name }) => name === source))
        .map(({ name }) => ({ consumer: consumerOf(name), topic, partition, next: log.range(topic, partition).next })),
    ),
  }
}

function groupRecords({ name: group, assets }: GroupGraph): KeptPage[] {
  return assets.map(({ name }) => ({ key: GROUP_PREFIX + name, value: new TextEncoder().encode(group) }))
}

function ended(log: ReadLog, topics: Topics, before: GroupGraph): StateChange {
  return {
    ...NOTHING,
    forget: [...readersOf(topics, before, () => true), ...exchangeReaders(log, before)],
    removes: [...before.assets.map(({ name }) => GROUP_PREFIX + name), ...keysOf(log, before.name)],
  }
}

function readersOf(topics: Topics, { assets }: GroupGraph, isGone: (view: string) => boolean): StateChange['forget'] {
  return assets
    .filter(({ name }) => isGone(name))
    .flatMap(({ name, plan }) => plan.sources.map((source) => ({ consumer: consumerOf(name), topic: sourceTopic(topics, source.name) })))
}

function exchangeReaders(log: ReadLog, { name, exchanges }: GroupGraph): StateChange['forget'] {
  const known = new Set(log.topics().map(({ topic }) => topic))
  return exchanges
    .map(({ ordinal }) => ({ consumer: exchangeConsumerOf(name), topic: exchangeTopicOf(name, ordinal) }))
    .filter(({ topic }) => known.has(topic))
}

function keysOf(log: ReadLog, group: string): string[] {
  return [...log.entries(groupPrefix(group))].map(({ key }) => key)
}

interface Opened {
  readonly before: OpenGroup
  readonly after: OpenGroup
}

function refusals(log: ReadLog, { before, stages, exchanges, readsUnderWay }: GroupMove, opened: Opened): readonly string[] {
  if (opened.after.partitions.some((count, stage) => count !== opened.before.partitions[stages[stage]])) return ['has other partitions']
  const widthOf = ({ graph, partitions }: OpenGroup, ordinal: number): number | undefined => {
    const exchange = graph.exchanges[ordinal]
    return exchange === undefined ? undefined : partitions[exchange.from] * partitions[exchange.to]
  }
  for (const [ordinal] of exchanges.entries()) {
    const width = widthOf(opened.before, ordinal)
    if (width !== undefined && width !== widthOf(opened.after, ordinal)) return ['sends its rows along other ways']
  }
  if (readsUnderWay) return []
  return exchangeReaders(log, before).some(({ consumer, topic }) => isWaiting(log, consumer, topic)) ? [UNDER_WAY] : []
}

const UNDER_WAY =
  'has rows under way that only its previous definition reads; start that once more and stop it in order, so that none is left, and change it then'

function isWaiting(log: ReadLog, consumer: string, topic: string): boolean {
  const partitions = log.topics().find((one) => one.topic === topic)?.partitions ?? 0
  return Array.from({ length: partitions }, (_, partition) => log.range(topic, partition)).some(
    ({ first, next }, partition) => (log.position(consumer, topic, partition) ?? first) < next,
  )
}

interface Moving {
  readonly move: GroupMove
  readonly opened: Opened
  readonly grown: GroupChange['grown']
}

function moved(log: ReadLog, topics: Topics, { move, opened, grown }: Moving): StateChange {
  const { before, after, stages } = move
  const settled = opened.before.partitions.map((count, stage) =>
    Array.from({ length: count }, (_, partition) => settledPages(log, { job: topics, group: opened.before, stage, partition })),
  )
  const all = settled.flat()
  const isHeld = all.some(({ whole, apart }) => [...whole, ...apart].some(({ key }) => key.endsWith('/held/0')))
  if (all.some(({ isUnsettled }) => isUnsettled) || (isHeld && !move.readsUnderWay)) return { ...NOTHING, refused: [UNDER_WAY] }
  const puts = after.stages.flatMap(({ ordinal }) =>
    settled[stages[ordinal]].flatMap(({ whole, apart }, partition) => [
      ...under(statePrefix(after.name, ordinal, partition), movedTask(move, ordinal, whole)),
      ...under(apartPrefix(after.name, ordinal, partition), movedApart(move, ordinal, apart)),
    ]),
  )
  const kept = new Set(puts.map(({ key }) => key))
  const isGone = (view: string): boolean => after.assets.every(({ name }) => name !== view)
  return {
    ...NOTHING,
    puts: [...puts, ...groupRecords(after)],
    removes: [
      ...before.assets.filter(({ name }) => isGone(name)).map(({ name }) => GROUP_PREFIX + name),
      ...keysOf(log, before.name).filter((key) => !kept.has(key)),
    ],
    forget: [...readersOf(topics, before, isGone), ...(after.name === before.name ? [] : exchangeReaders(log, before))],
    completeFrom: new Map([...grown].flatMap(([view, ordinals]) => completeFrom(view, { move, settled, ordinals }))),
  }
}

function under(prefix: string, pages: readonly KeptPage[]): KeptPage[] {
  return pages.map(({ key, value }) => ({ key: prefix + key, value }))
}

interface Completing {
  readonly move: GroupMove
  /** By stage, by partition. */
  readonly settled: readonly (readonly StagePages[])[]
  /** Windows of the view that have further aggregates. */
  readonly ordinals: readonly number[]
}

/** The latest over all partitions and all windows of the view that have further aggregates. */
function completeFrom(view: string, { move, settled, ordinals }: Completing): (readonly [string, number])[] {
  const starts = ordinals.flatMap((next) => {
    const old = move.operators.get(next) as number
    const plan = move.before.operators[old].plan as WindowOperatorPlan
    const stage = move.before.stages.findIndex(({ operators }) => operators.some(({ ordinal }) => ordinal === old))
    const inPiece = new RegExp(`^${old}/`)
    const inSlice = new RegExp(`^${old}/\\d+/page/`)
    return settled[stage].flatMap(({ whole, apart }) => {
      const tiles = [...whole.map(({ key }) => key.replace(inPiece, '')), ...apart.map(({ key }) => key.replace(inSlice, ''))]
      return firstWindowAfter(plan, tiles) ?? []
    })
  })
  return starts.length === 0 ? [] : [[view, Math.max(...starts)]]
}
