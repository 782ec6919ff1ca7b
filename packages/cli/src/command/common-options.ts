import { join, resolve } from 'node:path'

/** Options that every command takes. */
export interface CommonOptions {
  readonly project: string
  readonly state?: string
  readonly env: string
  readonly database?: string
  readonly json?: boolean
}

/** The state folder: `--state`, else `.millrace` in the project. */
export function stateDir(options: CommonOptions): string {
  return resolve(options.state ?? join(options.project, '.millrace'))
}
