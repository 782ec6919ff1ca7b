import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { userError } from '@millrace/core'

/** The Iceberg catalog's name: the same text for every client, else the catalog looks empty to it. */
export const CATALOG_NAME = 'millrace'

/** Where one run of the data plane keeps its log and its tables: the live one of an environment, or that of one bounded input. */
export interface Scope {
  /** `live`, or the input's id. */
  readonly id: string
  readonly env: string
  /** Folder of the event log. */
  readonly logDir: string
  /** Lake namespace. */
  readonly namespace: string
}

export function warehouseDir(stateDir: string): string {
  return join(stateDir, 'lake')
}

/** The scope of what an environment follows. */
export function liveScope(stateDir: string, env: string): Scope {
  return { id: 'live', env: checkEnv(env), logDir: join(stateDir, 'log', env, 'live'), namespace: env }
}

/** The scope of a bounded input. */
export function inputScope(stateDir: string, env: string, id: string): Scope {
  return { id, env: checkEnv(env), logDir: join(stateDir, 'log', env, `input-${id}`), namespace: `${env}_input_${id}` }
}

export function newInputId(): string {
  return randomBytes(5).toString('hex')
}

/** Refuses what cannot name an environment. */
export function checkEnv(env: string): string {
  if (/^[a-z][a-z0-9]*$/.test(env)) return env
  throw userError('cli/bad-env', `\`${env}\` cannot name an environment.`, {
    asked: env,
    found: 'other characters than lower case letters and digits',
    do: 'Use lower case letters and digits, beginning with a letter.',
  })
}
