import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { batchFromRows } from '@millrace/columnar'
import { compileAsset, contract, count, features, logFiles, stream, t, tumbling } from '@millrace/core'
import { lowerPlan } from '@millrace/engine-stream'
import { openLog } from '@millrace/log-lmdb'
import { afterAll, expect, it } from 'vitest'
import { ViewWatch, watchConsumer } from './view-watch.ts'

const folder = mkdtempSync(join(tmpdir(), 'millrace-watch-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('shows rows that late ones correct as they come to be, not what is taken back', async () => {
  const events = stream('events', {
    contract: contract('events', { eventTime: 'ts1', key: 'txt1', fields: { ts1: t.timestamp(), txt1: t.string() } }),
    from: logFiles('*.log', { format: 'combined' }),
    watermark: { delay: '1s' },
    late: { revise: '1h' },
  })
  const view = features('view', events, { entity: 'txt1', window: tumbling('1m'), columns: () => ({ hits: count() }) })
  const { batchFields } = lowerPlan(compileAsset(view))
  const log = openLog({ path: join(folder, 'log') })
  await log.openTopic('view', { partitions: 1 })
  await log.registerConsumer(watchConsumer('view'), 'view')
  const row = (hits: number, op: number) =>
    batchFields.map(({ name, type }) => (name === 'hits' ? hits : name === '_op' ? op : type === 'string' ? 'a' : 0))
  const batch = batchFromRows(batchFields, [row(1, 0), row(1, 1), row(2, 2), row(2, 3)])
  await log.transact((transaction) => transaction.append({ topic: 'view', partition: 0, batch, watermarkAfter: 0, ingestedAt: 0 }))
  const watch = new ViewWatch(log, view, { partitions: 1, alerts: [] })
  expect(watch.latestEnd).toBe(Number.NEGATIVE_INFINITY)
  const place = watch.shown.fields.findIndex(({ name }) => name === 'hits')
  const shown: unknown[] = []
  await watch.catchUp(async ({ rows }) => {
    shown.push(...rows.map((one) => one[place]))
  })
  expect(shown).toEqual([1, 2])
  expect(watch.latestEnd).toBe(0)
  await log.close()
})
