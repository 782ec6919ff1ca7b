import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DemoFailure } from './demo-failure.ts'
import type { Household, Place } from './household.ts'

/** Result of `millrace sql --json`. */
export interface SqlDocument {
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly rows: readonly (readonly unknown[])[]
  readonly row_count: number
  readonly truncated: boolean
}

export interface CommandOptions {
  /** Takes each line of standard error. */
  readonly onNote?: (line: string) => void
  /** Exit statuses other than 0 that come with a document. */
  readonly accepts?: readonly number[]
}

const ROWS_MAX = 5_000_000

/** The commands of the product, as a user types them. */
export class Commands {
  readonly #household: Household
  readonly #place: Place
  readonly #env: string

  constructor(household: Household, place: Place, env: string) {
    this.#household = household
    this.#place = place
    this.#env = env
  }

  /** Words of a command on the demo's project, state folder and environment. */
  words(command: string, ...args: readonly string[]): string[] {
    const { bin, project, state } = this.#place
    return [bin, command, '--project', project, '--state', state, '--env', this.#env, '--json', ...args]
  }

  /** The document that a command prints. */
  async document<T>(words: readonly string[], options: CommandOptions = {}): Promise<T> {
    return JSON.parse(await this.text(words, options)) as T
  }

  /** What a command prints on standard output; fails with its own words when it fails. */
  async text(words: readonly string[], { onNote = () => {}, accepts = [] }: CommandOptions = {}): Promise<string> {
    const child = this.#household.start(words, { stdio: ['ignore', 'pipe', 'pipe'] })
    let printed = ''
    let notes = ''
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      printed += text
    })
    if (child.stderr) {
      createInterface({ input: child.stderr }).on('line', (line) => {
        notes += `${line}\n`
        onNote(line)
      })
    }
    const status = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve))
    if (status === 0 || (status !== null && accepts.includes(status))) return printed
    throw new DemoFailure(`\`millrace ${shown(words)}\` ended with ${status ?? child.signalCode}: ${messageOf(printed) ?? notes.trim()}`)
  }

  /** Rows of a query over what is followed. */
  async rows(query: string): Promise<SqlDocument> {
    const found = await this.document<SqlDocument>(this.words('sql', query, '--limit', String(ROWS_MAX)))
    if (found.truncated) throw new DemoFailure(`More than ${ROWS_MAX} rows came for: ${query}`)
    return found
  }

  /** A file of the example's simulator. */
  simulator(file: string): string {
    return join(this.#place.project, 'simulator', file)
  }
}

function shown(words: readonly string[]): string {
  return words[0].endsWith('.js') ? words[1] : words.join(' ')
}

function messageOf(printed: string): string | undefined {
  try {
    return (JSON.parse(printed) as { error: { message: string } }).error.message
  } catch {
    return undefined
  }
}
