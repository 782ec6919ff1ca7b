import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkPlan, operatingError } from '@millrace/core'
import { FlinkJobs, GatewaySession } from '@millrace/engine-flink'
import { QUERIES } from '../../examples/nexmark/query/index.ts'
import { type FlinkAddress, startFlink, stopFlink } from '../../scripts/cluster/flink-server.ts'
import { freePorts } from '../../scripts/process/free-port.ts'
import { sumsText } from './column-sums.ts'
import type { FlinkQuery } from './flink-query.ts'

/** Settings under which Flink runs: heap state, object reuse, two tasks for two cores, a checkpoint every ten seconds. */
export const FLINK_SETTINGS: Readonly<Record<string, string>> = {
  'parallelism.default': '2',
  'pipeline.object-reuse': 'true',
  'execution.checkpointing.interval': '10 s',
  // Else a job that is through waits for the next checkpoint.
  'execution.checkpointing.checkpoints-after-tasks-finish': 'false',
  'restart-strategy.type': 'none',
}

/** Of a TaskManager of 4 GB what is left for tasks. */
const TASK_HEAP_MB = 2_700
const JOB_MS_MAX = 600_000
/** A query's SQL, and the views that it reads. */
export interface FlinkStatement {
  readonly sql: string
  readonly views?: readonly string[]
}

/** A Flink cluster with the events as tables, as the published queries have them. */
export class FlinkSide {
  readonly #folder: string
  readonly #address: FlinkAddress
  readonly #tables: readonly string[]

  private constructor(folder: string, address: FlinkAddress, tables: readonly string[]) {
    this.#folder = folder
    this.#address = address
    this.#tables = tables
  }

  /** @param tables statements that create the events' tables */
  static async start(tables: readonly string[]): Promise<FlinkSide> {
    const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-flink-'))
    const address = await startFlink({ folder, port: await freePorts(4), slots: 2, taskHeapMb: TASK_HEAP_MB })
    return new FlinkSide(folder, address, tables)
  }

  async version(): Promise<string> {
    return (await new FlinkJobs(this.#address.rest).cluster()).version
  }

  /** Runs a query to its end into a sink that drops its rows; seconds from when its tasks run to when they are through. */
  async run({ sql, views = [] }: FlinkStatement): Promise<number> {
    return this.#withSession({}, async (session) => {
      for (const view of views) await session.run(view)
      await session.run(`CREATE TEMPORARY VIEW answer AS ${sql}`)
      const columns = (await session.run('DESCRIBE answer')).rows.map(
        ([name, type]) => `\`${name}\` ${String(type).replace(/ \*ROWTIME\*| NOT NULL/g, '')}`,
      )
      await session.run(`CREATE TEMPORARY TABLE dropped (${columns.join(', ')}) WITH ('connector' = 'blackhole')`)
      const { jobId } = await session.run('INSERT INTO dropped SELECT * FROM answer')
      if (jobId === undefined) throw operatingError('bench/no-job', 'Flink began no job.', { asked: sql })
      const jobs = new FlinkJobs(this.#address.rest)
      await jobs.finished(jobId, { jobMsMax: JOB_MS_MAX, restartsMax: 0 })
      return jobs.runningSeconds(jobId)
    })
  }

  /** What the answer is compared by; computed by a job of its own, which puts changes together before it counts them. */
  async sums({ name, sql, otherwise = [] }: FlinkQuery): Promise<Readonly<Record<string, string>>> {
    const { fields } = checkPlan(QUERIES.find((query) => query.name === name)?.plan as Parameters<typeof checkPlan>[0]).output
    const compared = fields.filter((field) => field.type !== 'double' && !otherwise.includes(field.name))
    const together = {
      'table.exec.mini-batch.enabled': 'true',
      'table.exec.mini-batch.allow-latency': '600 s',
      'table.exec.mini-batch.size': '2000000',
    }
    return this.#withSession(together, async (session) => {
      const { rows } = await session.run(sumsText(sql, compared))
      const last = rows.at(-1) ?? []
      return Object.fromEntries([...compared.map((field, i) => [field.name, String(last[i])]), ['_rows', String(last.at(-1))]])
    })
  }

  async close(): Promise<void> {
    await stopFlink(this.#folder)
    rmSync(this.#folder, { recursive: true, force: true })
  }

  async #withSession<T>(settings: Readonly<Record<string, string>>, action: (session: GatewaySession) => Promise<T>): Promise<T> {
    const session = await GatewaySession.open(this.#address.gateway, { ...FLINK_SETTINGS, ...settings })
    try {
      for (const table of this.#tables) await session.run(table)
      return await action(session)
    } finally {
      await session.close()
    }
  }
}
