import { checkPlan, MillraceError } from '@millrace/core'
import { QUERIES } from '../../examples/nexmark/query/index.ts'
import { printLive } from '../../packages/engine-flink/src/live/live-printer.ts'
import { identifier } from '../../packages/engine-flink/src/print/identifier.ts'
import type { Spread } from '../measure/spread.ts'
import { meanOf, ratesOf, withFlink } from './flink-bench.ts'
import { FLINK_QUERIES } from './flink-query.ts'
import { FLINK_SETTINGS, type FlinkStatement } from './flink-side.ts'
import { stampedTable, stampedTables } from './flink-tables.ts'
import { TOPIC_PARTITIONS, writeStampedEvents } from './kafka-events.ts'
import { kafkaOf } from './kafka-of.ts'
import type { NexmarkOptions } from './nexmark-bench.ts'

interface StampCase {
  readonly name: string
  readonly unit: 'events/s'
  readonly events: number
  readonly printed: Spread
  readonly published: Spread
  readonly ratio: number
}

export interface StampBenchResult {
  readonly order: 'interleaved'
  readonly repeats: number
  readonly cases: readonly StampCase[]
  readonly mean_ratio: number
  /** Queries that have no form over streams without end, with the reason. */
  readonly refused: Readonly<Record<string, string>>
  readonly settings: object
}

/** What the stamp costs on Flink: each query as we print it for streams without end, and as it was published, by one Flink over the same stamped topics. */
export async function stampBench({ events, repeats, only, onStep }: NexmarkOptions): Promise<StampBenchResult> {
  onStep(`${events} events are written to Kafka`)
  const { address, close } = await kafkaOf((connection) => writeStampedEvents(connection, events))
  const cases: StampCase[] = []
  const refused: Record<string, string> = {}
  await withFlink({ tables: stampedTables(address, TOPIC_PARTITIONS), close }, async (flink) => {
    for (const query of FLINK_QUERIES.filter(({ name }) => only?.includes(name) ?? true)) {
      const { name } = query
      const statement = printedQuery(name)
      if (typeof statement === 'string') {
        refused[name] = statement
        continue
      }
      const [ours, theirs]: [number[], number[]] = [[], []]
      for (let repeat = 0; repeat < repeats; repeat++) {
        ours.push(await flink.run(statement))
        theirs.push(await flink.run(query))
        onStep(`${name}: as printed ${ours[repeat].toFixed(2)} s, as published ${theirs[repeat].toFixed(2)} s`)
      }
      const { ours: printed, theirs: published, ratio } = ratesOf(events, ours, theirs)
      cases.push({ name, unit: 'events/s', events, printed, published, ratio })
    }
  })
  return { order: 'interleaved', repeats, cases, mean_ratio: meanOf(cases), refused, settings: FLINK_SETTINGS }
}

/** The query as a job over streams without end has it, or why it has no such form. */
function printedQuery(name: string): FlinkStatement | string {
  const plan = checkPlan(QUERIES.find((query) => query.name === name)?.plan as Parameters<typeof checkPlan>[0])
  try {
    const { sql, views } = printLive(plan, { prefix: name, sources: (source) => identifier(stampedTable(source)) })
    return { sql, views: views.map((view) => `CREATE TEMPORARY VIEW ${identifier(view.name)} AS\n${view.sql}`) }
  } catch (error) {
    if (error instanceof MillraceError && error.code === 'engine/unsupported') return error.message
    throw error
  }
}
