import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { batchFromRows, emptyBatch, type Field } from '@millrace/columnar'
import { STAMP_FIELDS } from '@millrace/core'
import { type EmbeddedLog, openLog } from '@millrace/log-lmdb'

export const TOPIC = 'numbers'
export const KEY = ['num1']
export const FIELDS: readonly Field[] = [
  ...STAMP_FIELDS,
  { name: 'num1', type: 'int64', nullable: false },
  { name: 'txt1', type: 'string', nullable: true },
]

export interface ScratchLog {
  readonly log: EmbeddedLog
  readonly path: string
  /** Closes the log and deletes its folder. */
  remove(): Promise<void>
}

/** A log in a folder of its own with the topic `numbers`. */
export async function scratchLog(partitions = 2): Promise<ScratchLog> {
  const path = mkdtempSync(join(tmpdir(), 'millrace-kafka-'))
  const log = openLog({ path })
  await log.openTopic(TOPIC, { partitions })
  const remove = async (): Promise<void> => {
    await log.close()
    rmSync(path, { recursive: true, force: true })
  }
  return { log, path, remove }
}

/** Appends `count` rows from this arrival on, whose number is their arrival, to one partition. */
export async function appendNumbers(
  log: EmbeddedLog,
  at: {
    readonly partition: number
    readonly from: number
    readonly count: number
    readonly watermark?: number
    readonly after?: number
    readonly text?: string
  },
): Promise<void> {
  const { partition, from, count, watermark = 0, after = watermark, text = null } = at
  const rows = Array.from({ length: count }, (_, i) => [from + i, 'a.log', (from + i) * 10, 5, 1, 'here', watermark, from + i, text])
  const batch = batchFromRows(FIELDS, rows)
  await log.transact((transaction) => transaction.append({ topic: TOPIC, partition, batch, watermarkAfter: after, ingestedAt: 5 }))
}

export async function appendBeat(log: EmbeddedLog, partition: number, watermark: number): Promise<void> {
  await log.transact((transaction) =>
    transaction.append({ topic: TOPIC, partition, batch: emptyBatch(FIELDS), watermarkAfter: watermark, ingestedAt: 5 }),
  )
}
