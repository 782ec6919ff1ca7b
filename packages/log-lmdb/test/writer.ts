import { openLog } from '../src/index.ts'
import { numbers, STAMPS } from './numbers.ts'

/**
 * A process or thread that writes to topic `t`: `writer.ts <mode> <path>`.
 * `acknowledge` prints each offset once `transact` has resolved, `inside` kills itself within a transaction.
 */
process.stdin.resume().on('end', () => process.exit(0))
const [mode, path] = process.argv.slice(2)
const log = openLog({ path })
await log.openTopic('t', { partitions: 1 })
for (;;) {
  const { next } = log.range('t', 0)
  await log.transact((transaction) => {
    transaction.append({ topic: 't', partition: 0, batch: numbers(next, next + 1000), ...STAMPS })
    transaction.put('next', Buffer.from(String(next + 1000)))
    if (mode === 'inside') process.kill(process.pid, 'SIGKILL')
  })
  process.stdout.write(`${next + 1000}\n`)
}
