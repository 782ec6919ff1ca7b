import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { aggregate, contract, count, files, hopping, max, Project, stream, sum, t, tumbling } from '@millrace/core'
import { type EmbeddedLog, openLog } from '@millrace/log-lmdb'
import { afterAll, expect, it } from 'vitest'
import { recordDefinitions } from '../savepoint/definition-record.ts'
import { flinkChange } from './flink-change.ts'

const Order = contract('shop.order', {
  eventTime: 'at_time',
  key: 'shop',
  fields: { at_time: t.timestamp(), shop: t.string(), item: t.string(), cents: t.int64() },
})

function ordersLate(late: 'keep' | 'drop') {
  return stream('orders', { contract: Order, from: files('in/*.jsonl', { format: 'json-lines' }), watermark: { delay: '0s' }, late })
}

const orders = ordersLate('keep')
const window = tumbling('1m')
const perShop = aggregate('per_shop', orders, { by: 'shop', window, columns: (r) => ({ hits: count(), cents: sum(r.cents) }) })

const folder = mkdtempSync(join(tmpdir(), 'millrace-change-'))
let logs = 0
const opened: EmbeddedLog[] = []
afterAll(async () => {
  for (const log of opened) await log.close()
  rmSync(folder, { recursive: true, force: true })
})

/** What a project means for an environment that has `per_shop` on Flink. */
async function changeTo(...assets: ConstructorParameters<typeof Project>[1]) {
  const log = openLog({ path: join(folder, String(logs++)) })
  opened.push(log)
  await log.transact((transaction) => recordDefinitions(log, transaction, new Project('shop', [orders, perShop])))
  return flinkChange(log, new Project('shop', assets))
}

it('lets a view compute otherwise, in other windows and with other columns', async () => {
  const changed = aggregate('per_shop', orders, {
    by: 'shop',
    window: hopping('5m', { every: '1m' }),
    columns: (r) => ({ hits: count(), most: max(r.cents) }),
  })
  const more = aggregate('per_item', orders, { by: 'item', window, columns: () => ({ hits: count() }) })
  expect(await changeTo(orders, changed, more)).toEqual({
    compatible: true,
    states: [],
    assets: {
      per_shop: { state: 'changed', added: ['most'], removed: ['cents'], reasons: [], complete_from: null },
      per_item: { state: 'added', added: [], removed: [], reasons: [], complete_from: null },
    },
  })
  expect(await changeTo(orders)).toMatchObject({ compatible: true, assets: { per_shop: { state: 'removed' } } })
  expect(await changeTo(orders, perShop)).toMatchObject({ compatible: true, assets: {} })
})

it('refuses other keys, another type under a name, and another stream', async () => {
  const byItem = aggregate('per_shop', orders, { by: ['shop', 'item'], window, columns: (r) => ({ hits: count(), cents: sum(r.cents) }) })
  const reasons = (change: Awaited<ReturnType<typeof changeTo>>, name: string): string => change?.assets[name]?.reasons.join() ?? ''
  expect(reasons(await changeTo(orders, byItem), 'per_shop')).toContain(
    'told apart by `window_start`, `window_end`, `shop`, `item` in place of `window_start`, `window_end`, `shop`',
  )
  const asText = aggregate('per_shop', orders, { by: 'shop', window, columns: (r) => ({ hits: max(r.item), cents: sum(r.cents) }) })
  expect(reasons(await changeTo(orders, asText), 'per_shop')).toContain('has `hits` as string in place of int64')
  const dropped = ordersLate('drop')
  const overDropped = aggregate('per_shop', dropped, { by: 'shop', window, columns: () => ({ hits: count() }) })
  expect(reasons(await changeTo(dropped, overDropped), 'orders')).toContain('another late policy')
})
