import type { Snapshot, TableName, TableStore } from '@millrace/core'
import { CLOSING_KEY } from '@millrace/lake'

/** The nearest snapshot that holds no provisional rows; those of a closing may have been compacted since. */
export async function belowClosing(lake: Pick<TableStore, 'current' | 'snapshots'>, name: TableName): Promise<Snapshot | undefined> {
  const current = await lake.current(name)
  if (current?.summary[CLOSING_KEY] !== 'true') return current
  const snapshots = new Map((await lake.snapshots(name)).map((snapshot) => [snapshot.id, snapshot]))
  let at: Snapshot | undefined = current
  while (at?.summary[CLOSING_KEY] === 'true') at = at.parentId === undefined ? undefined : snapshots.get(at.parentId)
  return at
}
