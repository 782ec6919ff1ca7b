import { setTimeout as sleep } from 'node:timers/promises'
import { decodeBatch, rowsOf } from '@millrace/columnar'
import { bugError } from '@millrace/core'
import { type EmbeddedLog, openLog } from '../src/index.ts'
import { numbers, randomFrom, STAMPS } from './numbers.ts'

/** One process of the torture test: `role.ts <role> <path> <seed>`. It prints a line when it has done its first turn, and ends with its parent. */
export const TOPIC = 'numbers'
export const PARTITIONS = 2

const ROLES: Record<string, (log: EmbeddedLog, name: string, random: () => number) => Promise<void>> = {
  appender: append,
  reader1: consume,
  reader2: consume,
  trimmer: trim,
}

/** The next number is kept in a pair: it must stay equal to the partition's next offset. */
async function append(log: EmbeddedLog, _name: string, random: () => number): Promise<void> {
  await log.transact((transaction) => {
    for (let count = 1 + random() * 3; count > 0; count--) {
      const partition = Math.floor(random() * PARTITIONS)
      const from = numberOf(transaction.get(`next/${partition}`))
      const to = from + 1 + Math.floor(random() ** 4 * 60_000)
      const offset = transaction.append({ topic: TOPIC, partition, batch: numbers(from, to), ...STAMPS })
      if (offset !== from) throw bugError('test/not-dense', `Partition ${partition} gave offset ${offset}; its pair says ${from}.`)
      transaction.put(`next/${partition}`, bytesOf(to))
    }
  })
  await sleep(random() * 20)
}

/** Takes up to 256 KiB, checks every number, and notes the range under a key that must be new. */
async function consume(log: EmbeddedLog, name: string, random: () => number): Promise<void> {
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const from = log.position(name, TOPIC, partition) ?? 0
    const entries = log.read({ topic: TOPIC, partition, from, bytesMax: 256 * 1024 })
    const seen = entries
      .flatMap((entry) => rowsOf(decodeBatch(entry.bytes).batch).map(([number]) => number as number))
      .filter((number) => number >= from)
    seen.forEach((number, i) => {
      if (number !== from + i) throw bugError('test/not-once', `${name} read ${number} where ${from + i} was due.`)
    })
    if (seen.length === 0) continue
    const next = from + Math.ceil(seen.length * (random() < 0.5 ? 1 : random()))
    await log.transact((transaction) => {
      const key = `seen/${name}/${partition}/${String(from).padStart(12, '0')}`
      if (transaction.get(key) !== undefined) throw bugError('test/twice', `${name} reads ${key} again.`)
      transaction.put(key, bytesOf(next))
      transaction.setPosition(name, TOPIC, partition, next)
    })
  }
  await sleep(random() * 10)
}

async function trim(log: EmbeddedLog, _name: string, random: () => number): Promise<void> {
  for (let partition = 0; partition < PARTITIONS; partition++) await log.trim(TOPIC, partition, log.range(TOPIC, partition).next)
  await sleep(random() * 50)
}

export function numberOf(bytes: Uint8Array | undefined): number {
  return bytes === undefined ? 0 : Number(Buffer.from(bytes).toString())
}

function bytesOf(number: number): Uint8Array {
  return Buffer.from(String(number))
}

async function main(role: string, path: string, seed: number): Promise<void> {
  process.stdin.resume().on('end', () => process.exit(0))
  const log = openLog({ path })
  await log.openTopic(TOPIC, { partitions: PARTITIONS })
  const random = randomFrom(seed)
  await ROLES[role](log, role, random)
  process.stdout.write('first turn\n')
  for (;;) await ROLES[role](log, role, random)
}

if (process.argv[1] === import.meta.filename) await main(process.argv[2], process.argv[3], Number(process.argv[4]))
