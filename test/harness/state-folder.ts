import assert from 'node:assert/strict'
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CommandOptions, type Outcome, type RunningCommand, startCommand, WEBLOGS } from './command.ts'
import type { Digest, RunDocument, SqlDocument } from './document.ts'
import { killGroup } from './process-group.ts'

/** An empty private folder, as `mktemp -d` makes it. */
export function freshFolder(label = 'millrace-test'): string {
  return mkdtempSync(join(realpathSync(tmpdir()), `${label}-`))
}

/** A project with a state folder and a folder for inputs of its own, and the commands on them. */
export class StateFolder {
  readonly state: string
  readonly files = freshFolder('millrace-input')
  readonly project: string
  readonly #running: RunningCommand[] = []

  constructor(options: { readonly project?: string; readonly state?: string } = {}) {
    this.project = options.project ?? WEBLOGS
    this.state = options.state ?? freshFolder('millrace-state')
  }

  /** Leaves the state folder's services running, which makes every later command shorter; gives the database's URL. */
  async keepServices(): Promise<string> {
    const { postgres } = document<{ postgres: { url: string } }>(await this.command(['start', '--json']))
    return postgres.url
  }

  /** Writes an input file. */
  write(name: string, content: string | Uint8Array): string {
    const path = join(this.files, name)
    writeFileSync(path, content)
    return path
  }

  start(args: readonly string[], options: CommandOptions = {}): RunningCommand {
    const running = startCommand([args[0], '--project', this.project, '--state', this.state, ...args.slice(1)], options)
    this.#running.push(running)
    return running
  }

  command(args: readonly string[], options: CommandOptions = {}): Promise<Outcome> {
    return this.start(args, options).ended
  }

  async run(input: string, ...args: readonly string[]): Promise<RunDocument> {
    return document(await this.command(['run', '--input', input, '--json', ...args]))
  }

  async digest(input: string, ...args: readonly string[]): Promise<Readonly<Record<string, Digest>>> {
    return document<{ tables: Record<string, Digest> }>(await this.command(['digest', '--input', input, '--json', ...args])).tables
  }

  async sql(query: string, ...args: readonly string[]): Promise<SqlDocument> {
    return document(await this.command(['sql', query, '--json', ...args]))
  }

  /** Ends what still runs, stops the services and deletes everything. */
  async close(): Promise<void> {
    for (const { child, ended } of this.#running) {
      killGroup(child)
      await ended
    }
    await this.command(['stop', '--json'])
    rmSync(this.files, { recursive: true, force: true })
    rmSync(this.state, { recursive: true, force: true })
  }
}

/** The one JSON document that a command which went well printed, and nothing else on standard output. */
export function document<T>(outcome: Outcome): T {
  assert.equal(outcome.status, 0, `status ${outcome.status} ${outcome.signal ?? ''}\n${outcome.stdout}\n${outcome.stderr}`)
  return oneDocument(outcome) as T
}

/** The one JSON document on standard output. */
export function oneDocument(outcome: Outcome): unknown {
  assert.match(outcome.stdout, /^[^\n]+\n$/, `not one line on standard output:\n${outcome.stdout}\n${outcome.stderr}`)
  return JSON.parse(outcome.stdout)
}
