import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Snapshot, userError } from '@millrace/core'
import type { Lake } from '@millrace/lake'
import { type EmbeddedLog, openLog } from '@millrace/log-lmdb'
import { topicPartitions } from '../pipeline/topic-partitions.ts'
import { liveScope } from '../scope/scope.ts'
import { type NamedSavepoint, SAVEPOINT_FILE, type SavepointPlace, savepointDir, savepointTag } from './named-savepoint.ts'

export interface CreateRequest extends SavepointPlace {
  readonly name: string
  readonly project: string
  readonly lake: Lake
}

/**
 * Keeps what a live scope is at one moment, beside whoever runs: its log with all state and positions, as one transaction left it, and by tags the
 * snapshots of its tables that the lake had then.
 *
 * @throws user `savepoint/exists`
 */
export async function createSavepoint({ name, project, lake, ...place }: CreateRequest): Promise<NamedSavepoint> {
  const folder = savepointDir(place, name)
  if (existsSync(folder)) throw exists(place, name)
  const { logDir, namespace } = liveScope(place.stateDir, place.env)
  const unfinished = `${folder}.part`
  rmSync(unfinished, { recursive: true, force: true })
  const at = new Date().toISOString()
  await copyLog(logDir, join(unfinished, 'log'))
  const kept = openLog({ path: join(unfinished, 'log'), readOnly: true })
  try {
    const tables: Record<string, number | null> = {}
    for (const table of await lake.tables(namespace)) {
      const snapshots = await lake.snapshots({ namespace, table })
      const found = snapshots.filter((one) => isWithin(one, kept, table)).at(-1)
      tables[table] = found?.id ?? null
      if (found !== undefined) await tag(lake, { namespace, table }, { tag: savepointTag(name), snapshotId: found.id })
    }
    const savepoint: NamedSavepoint = { name, project, at, tables }
    writeFileSync(join(unfinished, SAVEPOINT_FILE), JSON.stringify(savepoint))
    renameSync(unfinished, folder)
    return savepoint
  } finally {
    await kept.close()
  }
}

async function copyLog(from: string, to: string): Promise<void> {
  const log = openLog({ path: from, readOnly: true })
  await log.copyTo(to).finally(() => log.close())
}

/** Whether a snapshot holds no more than the lake had committed when the log was copied. */
function isWithin({ positions }: Snapshot, kept: EmbeddedLog, table: string): boolean {
  const partitions = topicPartitions(kept, table)
  return Object.entries(positions[table] ?? {}).every(([partition, next]) => {
    if (Number(partition) >= partitions) return false
    return next <= (kept.position(`lake:${table}`, table, Number(partition)) ?? kept.range(table, Number(partition)).first)
  })
}

/** A tag that an attempt which was cut off has left is put anew. */
async function tag(lake: Lake, name: { namespace: string; table: string }, request: { tag: string; snapshotId: number }): Promise<void> {
  if ((await lake.tags(name)).some((one) => one.name === request.tag)) await lake.dropTag(name, request.tag)
  await lake.tag(name, request)
}

function exists({ env }: SavepointPlace, name: string) {
  return userError('savepoint/exists', `Environment \`${env}\` has a savepoint \`${name}\` already.`, {
    asked: name,
    found: 'a savepoint of this name',
    do: `Use another name, or drop it: \`millrace savepoint drop ${name}\`.`,
  })
}
