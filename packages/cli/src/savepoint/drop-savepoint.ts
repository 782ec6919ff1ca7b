import { rmSync } from 'node:fs'
import type { Lake } from '@millrace/lake'
import { liveScope } from '../scope/scope.ts'
import { type SavepointPlace, savepointDir, savepointOf, savepointTag } from './named-savepoint.ts'

export interface DropRequest extends SavepointPlace {
  readonly name: string
  readonly lake: Lake
}

/** Forgets a savepoint with its log and its tags. @throws user `savepoint/unknown` */
export async function dropSavepoint({ name, lake, ...place }: DropRequest): Promise<void> {
  const { tables } = savepointOf(place, name)
  const { namespace } = liveScope(place.stateDir, place.env)
  const there = new Set(await lake.tables(namespace))
  for (const table of Object.keys(tables)) {
    if (!there.has(table)) continue
    const tags = await lake.tags({ namespace, table })
    if (tags.some((one) => one.name === savepointTag(name))) await lake.dropTag({ namespace, table }, savepointTag(name))
  }
  rmSync(savepointDir(place, name), { recursive: true, force: true })
}
