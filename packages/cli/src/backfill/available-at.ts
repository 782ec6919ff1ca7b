import type { CheckedPlan } from '@millrace/core'
import { planReachMs } from '../query/plan-reach.ts'
import type { Connection } from './backfill-target.ts'

/**
 * When a row was there first: the ingest time of the first record by whose stamp nothing of the row could change any more. The stream may have
 * had the row earlier, where a heartbeat told it so; never later, so no model sees in a row what it could not have seen.
 */
export class AvailableAt {
  readonly #close: string
  readonly #sources: readonly string[]

  constructor(plan: CheckedPlan) {
    const { window } = plan.output
    const afterEnd = plan.nodes.some(({ node }) => node.kind === 'window-aggregate' && node.window.kind === 'session') ? 1 : 0
    this.#close =
      window === undefined ? `epoch_ms(b."_event_time") + ${(planReachMs(plan) ?? 0) + 1}` : `epoch_ms(b."${window.end}") + ${afterEnd}`
    this.#sources = [...plan.sources.keys()]
  }

  get column(): string {
    const each = this.#sources.map((_, i) => `coalesce(m${i}."at", l${i}."at")`)
    return each.length === 1 ? each[0] : `greatest(${each.join(', ')})`
  }

  /** Rows, as `b`, joined with what `column` reads. Of each source the records from `from` on are looked at. */
  async joined(
    connection: Connection,
    rows: string,
    { sources, from }: { readonly sources: ReadonlyMap<string, string>; readonly from: number },
  ): Promise<string> {
    let joined = `${rows} b`
    for (const [i, name] of this.#sources.entries()) {
      const marks = `SELECT epoch_ms("_watermark") AS "mark", min("_ingested_at") AS "at" FROM ${sources.get(name)}
        WHERE "_watermark" >= make_timestamptz(${from} * 1000) GROUP BY "_watermark"`
      await connection.run(`CREATE OR REPLACE TEMP TABLE "slice_marks_${i}" AS ${marks}`)
      joined += ` ASOF LEFT JOIN "slice_marks_${i}" m${i} ON ${this.#close} <= m${i}."mark"
        CROSS JOIN (SELECT coalesce(max("_ingested_at"), now()) AS "at" FROM ${sources.get(name)}) l${i}`
    }
    return joined
  }
}
