import { workerData } from 'node:worker_threads'
import { openLog } from '../src/index.ts'
import { filler } from './filler.ts'

/** A thread that appends `count` entries to topic `t` and notes each offset it was given. */
const { path, count } = workerData as { path: string; count: number }
const log = openLog({ path })
for (let i = 0; i < count; i++) {
  await log.transact((transaction) => {
    const offset = transaction.appendEncoded('t', 0, filler(5000))
    transaction.put(`offset/${String(offset).padStart(6, '0')}`, Buffer.from('1'))
  })
}
await log.close()
