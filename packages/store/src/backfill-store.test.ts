import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cleanUp, freshFolder } from '../test/harness.ts'
import {
  type BackfillRequest,
  beginSlice,
  endSlice,
  finishBackfill,
  listBackfills,
  lockBackfills,
  openBackfill,
  openStore,
  type Store,
} from './index.ts'

let store: Store

beforeAll(async () => {
  store = await openStore({ stateDir: freshFolder() })
})
afterAll(async () => {
  await store.close()
  await cleanUp()
})

const SLICES = [0, 10, 20].map((from) => ({ from, to: from + 10 }))

function request(asset: string, change: Partial<BackfillRequest> = {}): BackfillRequest {
  return { env: 'dev', scope: 'live', project: 'p', asset, definition: 'sha256:1', from: 0, to: 30, sliceMs: 10, ...change }
}

describe('backfills', () => {
  it('are gone on with while a slice is not done, and begun anew when all are', async () => {
    const { backfill, resumed } = await openBackfill(store.db, request('a'), SLICES)
    expect(resumed).toBe(false)
    expect(backfill.slices.map(({ from, to, state, attempts }) => [from, to, state, attempts])).toEqual(
      SLICES.map(({ from, to }) => [from, to, 'pending', 0]),
    )
    for (const { from } of SLICES.slice(1)) {
      await beginSlice(store.db, { backfill: backfill.id, from })
      await endSlice(store.db, { backfill: backfill.id, from }, { state: 'done', rows: 4, changed: 1, snapshot: 2 ** 47 })
    }
    await beginSlice(store.db, { backfill: backfill.id, from: 0 })
    await endSlice(store.db, { backfill: backfill.id, from: 0 }, { state: 'failed', error: 'no\0room' })
    expect(await finishBackfill(store.db, backfill.id)).toBe(false)
    const again = await openBackfill(store.db, request('a'), [])
    expect(again).toMatchObject({ resumed: true, backfill: { id: backfill.id } })
    expect(again.backfill.slices[0]).toMatchObject({ state: 'failed', attempts: 1, error: 'no\uFFFDroom' })
    expect(again.backfill.slices[2]).toMatchObject({ state: 'done', rows: 4, changed: 1, snapshot: 2 ** 47, error: null })
    await beginSlice(store.db, { backfill: backfill.id, from: 0 })
    await endSlice(store.db, { backfill: backfill.id, from: 0 }, { state: 'done', rows: 0, changed: 0, snapshot: null })
    expect(await finishBackfill(store.db, backfill.id)).toBe(true)
    expect((await openBackfill(store.db, request('a'), SLICES)).resumed).toBe(false)
    expect(await listBackfills(store.db, { env: 'dev', scope: 'live', asset: 'a', limit: 10 })).toMatchObject([
      { finishedAt: null, slices: { length: 3 } },
      { id: backfill.id, finishedAt: expect.any(Number), slices: { length: 3 } },
    ])
  })

  it.each([
    ['another stretch', { to: 40 }],
    ['another length of slices', { sliceMs: 5 }],
    ['another definition', { definition: 'sha256:2' }],
    ['another scope', { scope: 'abc' }],
  ])('of %s are others', async (_, change) => {
    const { backfill } = await openBackfill(store.db, request('b'), SLICES)
    expect((await openBackfill(store.db, request('b', change), SLICES)).backfill.id).not.toBe(backfill.id)
  })

  it('of one table are worked on by one at a time', async () => {
    const of = { env: 'dev', scope: 'live', asset: 'c' }
    const lock = await lockBackfills(store, of)
    await expect(lockBackfills(store, of)).rejects.toMatchObject({ code: 'backfill/running' })
    await (await lockBackfills(store, { ...of, asset: 'd' })).release()
    await lock.release()
    await (await lockBackfills(store, of)).release()
  })
})
