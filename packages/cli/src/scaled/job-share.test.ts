import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { batchFromRows, type Field, rowsOf } from '@millrace/columnar'
import type { LogTransaction } from '@millrace/core'
import { relayKey, relayProgress } from '@millrace/log-kafka'
import { type EmbeddedLog, openLog } from '@millrace/log-lmdb'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { followKey } from '../dev/follow-state.ts'
import { jobShare } from './job-share.ts'
import { adoptedJobs, type JobsState, jobsState, putJobsState, switchedJobs } from './jobs-state.ts'
import { topicOf } from './stored-job.ts'
import { streamMoment } from './stream-moment.ts'

const ROWS: readonly Field[] = [
  { name: 'job', type: 'string', nullable: false },
  { name: '_event_time', type: 'timestamp', nullable: false },
]
const LATE: readonly Field[] = [
  { name: 'job', type: 'string', nullable: false },
  { name: '_arrival', type: 'int64', nullable: false },
]
const BASES = { rows: 'hits.rows', late: 'hits__late.rows' }
const [OLD, NEXT] = ['aa.1', 'bb.2']

/** What jobs say of one view, and what the log took of it. */
class Bench {
  readonly log: EmbeddedLog
  readonly taken: Record<'rows' | 'late', [job: string, at: number][]> = { rows: [], late: [] }
  readonly #read = new Map<string, number>()

  constructor(folder: string) {
    this.log = openLog({ path: folder })
  }

  /** Ingest has come so far. */
  ingested(transaction: LogTransaction, to: number): void {
    const stamper = { nextArrival: to, watermark: to, splits: {} }
    transaction.put(followKey('orders'), Buffer.from(JSON.stringify({ stamper, totals: {} })))
  }

  /** Takes of what a job has said up to a place the next rows, at most so many, as a relay does. Says whether anything was read. */
  async relay(kind: 'rows' | 'late', job: string, options: { readonly said: number; readonly most: number }): Promise<boolean> {
    const place = { from: topicOf(BASES[kind], job), to: kind }
    const at = this.#read.get(place.from) ?? 0
    const places = Array.from({ length: Math.min(options.most, options.said - at) }, (_, i) => at + i)
    if (places.length === 0) return false
    const placedBy = kind === 'rows' ? 'time' : 'arrival'
    const share = jobShare({ job, view: 'hits', kind, form: 'rows', placedBy, base: BASES[kind], to: kind, streams: ['orders'] })
    const batch = batchFromRows(
      kind === 'rows' ? ROWS : LATE,
      places.map((place) => [job, place]),
    )
    const read = await this.log.transact((transaction) => {
      const own = share(transaction, batch, relayProgress(transaction, place)?.note)
      if (own === undefined) return false
      this.taken[kind].push(...(rowsOf(own.batch) as [string, number][]))
      transaction.put(relayKey(place), Buffer.from(JSON.stringify({ topicId: '', next: [], note: own.note })))
      return true
    })
    if (read) this.#read.set(place.from, at + places.length)
    return read
  }
}

const folder = mkdtempSync(join(tmpdir(), 'millrace-share-'))
let runs = 0
let bench: Bench
beforeAll(() => {
  bench = new Bench(join(folder, 'first'))
})
afterAll(async () => {
  await bench.log.close()
  rmSync(folder, { recursive: true, force: true })
})

/** A step: who goes on, and by how much. */
const STEP = fc.tuple(fc.constantFrom('ingest', 'old', 'next', 'cut'), fc.integer({ min: 1, max: 9 }))

it('takes each row and each late row once, those before the cut from one job, those behind it from the other, in whatever order they come', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(STEP, { maxLength: 60 }), async (steps) => {
      await bench.log.close()
      bench = new Bench(join(folder, `run-${runs++}`))
      const { log } = bench
      let watermark = 0
      let cut: number | undefined
      await log.transact((transaction) => {
        const first = adoptedJobs(undefined, { hash: 'aa', views: ['hits'] }, () => streamMoment(transaction, ['orders']))
        putJobsState(
          transaction,
          adoptedJobs(first, { hash: 'bb', views: ['hits'] }, () => streamMoment(transaction, ['orders'])),
        )
      })
      const relay = async (job: string, most: number): Promise<boolean> => {
        // Flink's watermark is two milliseconds behind the stamp; rows that have arrived are late at once.
        const rows = await bench.relay('rows', job, { said: Math.max(0, watermark - 1), most })
        return (await bench.relay('late', job, { said: watermark, most })) || rows
      }
      const step = async (kind: string, by: number): Promise<void> => {
        if (kind === 'ingest') {
          watermark += by
          await log.transact((transaction) => bench.ingested(transaction, watermark))
        } else if (kind !== 'cut') await relay(kind === 'old' ? OLD : NEXT, by)
        else if (cut === undefined) {
          const state = await log.transact((transaction) => {
            const both = jobsState(transaction) as JobsState
            const changed = switchedJobs(both, ['hits'], () => streamMoment(transaction, ['orders']))
            putJobsState(transaction, changed)
            return changed
          })
          cut = state.takes[NEXT].hits.from?.time
        }
      }
      for (const [kind, by] of steps) await step(kind, by)
      await step('cut', 0)
      await step('ingest', 5)
      for (let moved = true; moved; ) moved = [await relay(OLD, 7), await relay(NEXT, 7)].includes(true)
      const split = cut ?? 0
      const sorted = (taken: readonly [string, number][]) => taken.toSorted(([, a], [, b]) => a - b)
      expect(sorted(bench.taken.rows)).toEqual(Array.from({ length: watermark - 1 }, (_, at) => [at < split ? OLD : NEXT, at]))
      expect(sorted(bench.taken.late)).toEqual(Array.from({ length: watermark }, (_, at) => [at < split + 1 ? OLD : NEXT, at]))
    }),
    { numRuns: 40 },
  )
})

it('holds a waiting job back while nothing has come from the running one', async () => {
  const log = openLog({ path: join(folder, 'waiting') })
  const share = jobShare({
    job: NEXT,
    view: 'hits',
    kind: 'rows',
    form: 'rows',
    placedBy: 'time',
    base: BASES.rows,
    to: 'rows',
    streams: ['orders'],
  })
  const batch = batchFromRows(ROWS, [[NEXT, 1]])
  await log.transact((transaction) => {
    const first = adoptedJobs(undefined, { hash: 'aa', views: ['hits'] }, () => streamMoment(transaction, ['orders']))
    putJobsState(
      transaction,
      adoptedJobs(first, { hash: 'bb', views: ['hits'] }, () => streamMoment(transaction, ['orders'])),
    )
    expect(share(transaction, batch, undefined)).toBeUndefined()
    const place = { from: topicOf(BASES.rows, OLD), to: 'rows' }
    transaction.put(relayKey(place), Buffer.from(JSON.stringify({ topicId: '', next: [], note: { latest: 5 } })))
    expect(share(transaction, batch, undefined)?.batch.rows).toBe(0)
  })
  await log.close()
})
