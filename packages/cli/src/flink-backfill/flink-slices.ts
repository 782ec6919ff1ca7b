import { randomUUID } from 'node:crypto'
import { type CheckedPlan, contentHash } from '@millrace/core'
import { endLakeJobs, type LakeCluster, lakeColumns, runLakeJob } from '@millrace/engine-flink'
import type { BackfillTarget } from '../backfill/backfill-target.ts'
import { type ComputedRows, type RowsRequest, sliceColumn } from '../backfill/view-batch.ts'
import { note } from '../output/print.ts'
import type { ReadContext } from '../scope/open-scope.ts'

/** Characters of the hash that tells jobs of one state folder from those of another. */
const MARK_CHARACTERS = 12

/**
 * Slices of a view that a Flink cluster computes: each is written by a job into a table of its own in the lake, beside the tables of the scope, and is
 * read from there when it is whole. Whatever ends this process leaves such tables and jobs behind, which the next one for the same view takes away.
 */
export class FlinkSlices {
  readonly #context: Pick<ReadContext, 'lake'>
  readonly #cluster: LakeCluster
  readonly #plan: CheckedPlan
  /** Namespace of the tables. */
  readonly #stage: string
  readonly #jobName: string

  private constructor(context: ReadContext, { name }: BackfillTarget, { cluster, plan }: { cluster: LakeCluster; plan: CheckedPlan }) {
    const { scope, loaded } = context
    this.#context = context
    this.#cluster = cluster
    this.#plan = plan
    this.#stage = `${scope.namespace}_stage_${name}`
    const mark = contentHash(cluster.catalog.warehouse).slice(-MARK_CHARACTERS)
    this.#jobName = `millrace-backfill ${loaded.project.name} ${scope.namespace} ${name} ${mark}`
  }

  /** Only one process at a time may have them open for a view: who holds the view's lock for backfills. */
  static async open(context: ReadContext, target: BackfillTarget, of: { cluster: LakeCluster; plan: CheckedPlan }): Promise<FlinkSlices> {
    const slices = new FlinkSlices(context, target, of)
    const ended = await endLakeJobs(of.cluster, `${slices.#jobName} `)
    if (ended.length > 0) note(`ended ${ended.length} jobs on Flink that a backfill before this one left behind`)
    await context.lake.dropNamespace(slices.#stage)
    return slices
  }

  /** Has the cluster compute a slice. @throws what `runLakeJob` throws */
  async rows({ slice, records }: RowsRequest): Promise<ComputedRows> {
    const { lake } = this.#context
    const into = { namespace: this.#stage, table: `slice_${randomUUID()}` }
    const release = () => lake.dropTable(into)
    const name = `${this.#jobName} ${new Date(slice.from).toISOString()} ${new Date(slice.to).toISOString()}`
    await lake.openTable(into, { fields: lakeColumns(this.#plan) })
    try {
      const { column } = sliceColumn(this.#plan)
      await runLakeJob(this.#cluster, { name, plan: this.#plan, records, slice: { column, ...slice }, into })
      return { sql: `SELECT * FROM ${(await lake.scan(into)).sql}`, release }
    } catch (error) {
      await release()
      throw error
    }
  }

  async close(): Promise<void> {
    await this.#context.lake.dropNamespace(this.#stage)
  }
}
