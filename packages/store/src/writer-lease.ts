import { join } from 'node:path'
import { operatingError } from '@millrace/core'
import { claimAlone } from './process/claim.ts'

/** The right to write one environment of a state folder. */
export interface WriterLease {
  /** Gives the lease back; the end of the process does too, and after kill -9 the next writer takes it over. */
  release(): Promise<void>
}

/**
 * Takes the writer lease of `stateDir` and `env`; `command` is what others are told, e.g. `millrace run`.
 * Readers need none.
 *
 * @throws operating `state/writer-active` naming pid, command and start of the writer that lives.
 * @example
 * const lease = await acquireWriterLease({ stateDir: '.millrace', env: 'dev', command: 'millrace run' })
 * await lease.release()
 */
export async function acquireWriterLease(options: { stateDir: string; env: string; command: string }): Promise<WriterLease> {
  const folder = join(options.stateDir, 'lease', encodeURIComponent(options.env))
  const result = await claimAlone(folder, { command: options.command, waitMs: 0 })
  if ('claim' in result) return { release: async () => result.claim.release() }
  const { pid, note } = result.holder
  const what = note === undefined ? 'is about to write' : `has been writing since ${note.since}`
  const who = note === undefined ? `process ${pid}` : `process ${pid} (${note.command})`
  throw operatingError(
    'state/writer-active',
    `Environment \`${options.env}\` of ${options.stateDir} has a writer: ${who} ${what}; stop it or use another --state.`,
    {
      asked: { state: options.stateDir, env: options.env, command: options.command },
      found: { pid, command: note?.command, since: note?.since },
      do: `Wait for process ${pid} or stop it (kill ${pid}), or use another folder with --state.`,
    },
  )
}
