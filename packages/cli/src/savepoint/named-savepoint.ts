import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { userError } from '@millrace/core'

/** What is known of a named savepoint beside the log that it keeps. */
export interface NamedSavepoint {
  readonly name: string
  readonly project: string
  /** ISO 8601. */
  readonly at: string
  /** By table: the snapshot that holds what the kept log says the lake had; null: none. */
  readonly tables: Readonly<Record<string, number | null>>
}

export const SAVEPOINT_FILE = 'savepoint.json'
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/

export interface SavepointPlace {
  readonly stateDir: string
  readonly env: string
}

/** The folder of an environment's savepoint, which need not be there. */
export function savepointDir({ stateDir, env }: SavepointPlace, name: string): string {
  if (NAME.test(name)) return join(stateDir, 'savepoints', env, name)
  throw userError('savepoint/bad-name', `\`${name}\` cannot name a savepoint.`, {
    asked: name,
    found: 'other characters, or more than 64',
    do: 'Use letters, digits, - and _, beginning with a letter or digit.',
  })
}

/** The log that a savepoint keeps. */
export function savepointLogDir(place: SavepointPlace, name: string): string {
  return join(savepointDir(place, name), 'log')
}

/** The tag by which the snapshots of a savepoint are kept. */
export function savepointTag(name: string): string {
  return `savepoint-${name}`
}

/** All savepoints of an environment, the first one first. */
export function savepoints(place: SavepointPlace): readonly NamedSavepoint[] {
  const folder = join(place.stateDir, 'savepoints', place.env)
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => existsSync(join(folder, name, SAVEPOINT_FILE))) : []
  return names
    .map((name) => JSON.parse(readFileSync(join(folder, name, SAVEPOINT_FILE), 'utf8')) as NamedSavepoint)
    .sort((a, b) => (a.at < b.at ? -1 : 1))
}

/** @throws user `savepoint/unknown` */
export function savepointOf(place: SavepointPlace, name: string): NamedSavepoint {
  const all = savepoints(place)
  const found = all.find((one) => one.name === name)
  if (found !== undefined) return found
  const names = all.map((one) => one.name)
  throw userError('savepoint/unknown', `Environment \`${place.env}\` has no savepoint \`${name}\`; it has ${names.join(', ') || 'none'}.`, {
    asked: name,
    found: names,
    do: 'See `millrace savepoint list`.',
  })
}
