import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url))
const COMMAND = join(ROOT, 'packages/cli/bin/millrace.js')
/** Long enough for a machine that is busy with much else. */
const WAIT_MS_MAX = 240_000
const SESSIONS_MAX = 5

/** A JSON line of `dev`. */
export type DevLine = Readonly<Record<string, unknown>> & { readonly kind: string }

/** A copy of the weblogs example with an empty `logs/`, and a state folder, both in a folder of their own. */
export class Workbench {
  readonly folder = mkdtempSync(join(tmpdir(), 'millrace-dev-'))
  readonly project = join(this.folder, 'project')
  readonly state = join(this.folder, 'state')
  readonly #running: DevProcess[] = []

  /** With `files`, a project of these instead of the example. */
  constructor(files?: Readonly<Record<string, string>>) {
    if (files === undefined) this.#copyExample()
    else for (const [name, text] of Object.entries(files)) this.write(name, text)
    symlinkSync(join(ROOT, 'node_modules'), join(this.project, 'node_modules'))
  }

  /** Writes a file of the project. */
  write(name: string, content: string | Uint8Array): string {
    const path = join(this.project, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, content)
    return path
  }

  #copyExample(): void {
    cpSync(join(ROOT, 'test/project/weblogs'), this.project, {
      recursive: true,
      filter: (path) => !/[\\/](node_modules|\.millrace|logs)$/.test(path),
    })
    mkdirSync(join(this.project, 'logs'))
  }

  log(name: string): string {
    return join(this.project, 'logs', name)
  }

  dev(...args: readonly string[]): DevProcess {
    return this.devWith({}, ...args)
  }

  /** `dev` with further variables in its environment. */
  devWith(environment: Readonly<Record<string, string>>, ...args: readonly string[]): DevProcess {
    const dev = new DevProcess(['dev', '--project', this.project, '--state', this.state, '--json', ...args], environment)
    this.#running.push(dev)
    return dev
  }

  /**
   * Follows until so many lines are taken in and everything has come to its end, for which a busy machine may need several sessions. Gives the
   * first of them.
   */
  async follow(lines: number): Promise<DevProcess> {
    const first = this.dev()
    for (let dev = first, sessions = 1; ; dev = this.dev(), sessions++) {
      await dev.until((one) => one.taken === lines)
      expect(await dev.kill('SIGTERM')).toBe(0)
      if (dev.of('stopped').every(({ drained }) => drained === true)) return first
      expect(sessions).toBeLessThan(SESSIONS_MAX)
    }
  }

  /** Runs another command to its end. */
  run(
    args: readonly string[],
    environment: Readonly<Record<string, string>> = {},
  ): Promise<{ status: number; stdout: string; stderr: string }> {
    const options = { maxBuffer: 64 * 1024 ** 2, env: { ...process.env, ...environment } }
    return new Promise((resolve) => {
      const full = [COMMAND, ...args, '--project', this.project, ...(args.includes('--state') ? [] : ['--state', this.state])]
      execFile(process.execPath, full, options, (error, stdout, stderr) => {
        resolve({ status: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, stdout, stderr })
      })
    })
  }

  async json(args: readonly string[]): Promise<Record<string, never>> {
    const { stdout } = await this.run([...args, '--json'])
    return JSON.parse(stdout)
  }

  /** Ends what still runs and removes everything. */
  async close(...states: readonly string[]): Promise<void> {
    for (const dev of this.#running) await dev.kill('SIGKILL')
    for (const state of [this.state, ...states]) await this.run(['stop', '--state', state])
    rmSync(this.folder, { recursive: true, force: true })
  }
}

/** `millrace dev --json` as a child process. */
export class DevProcess {
  readonly lines: DevLine[] = []
  readonly exited: Promise<number>
  readonly #child: ChildProcess
  stderr = ''
  #rest = ''
  #ended = false
  #wake = (): void => {}

  constructor(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    this.#child = spawn(process.execPath, [COMMAND, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...environment },
    })
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => this.#take(text))
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
    })
    this.exited = new Promise((resolve) =>
      this.#child.on('close', (code, signal) => {
        this.#ended = true
        this.#wake()
        resolve(code ?? (signal === null ? -1 : -2))
      }),
    )
  }

  of(kind: string): readonly DevLine[] {
    return this.lines.filter((line) => line.kind === kind)
  }

  get pid(): number {
    return this.#child.pid ?? -1
  }

  /** The latest figures: lines taken in, or 0. */
  get taken(): number {
    return Number(this.of('status').at(-1)?.lines ?? 0)
  }

  /** Waits until the lines say so. */
  async until(done: (dev: DevProcess) => boolean): Promise<void> {
    const limit = performance.now() + WAIT_MS_MAX
    while (!done(this)) {
      if (this.#ended || performance.now() > limit)
        throw new Error(
          `dev ${this.#ended ? 'ended' : 'did not come to it'}: ${this.stderr}\n${this.lines
            .slice(-5)
            .map((line) => JSON.stringify(line))
            .join('\n')}`,
        )
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 100)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }

  async kill(signal: NodeJS.Signals): Promise<number> {
    this.#child.kill(signal)
    return this.exited
  }

  #take(text: string): void {
    const parts = (this.#rest + text).split('\n')
    this.#rest = parts.pop() ?? ''
    for (const part of parts) this.lines.push(JSON.parse(part) as DevLine)
    this.#wake()
  }
}

const START = Date.UTC(2026, 2, 1)
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** A line of an access log, at epoch ms. */
export function logLine(address: string, ms: number, request: string, status: number, bytes: number): string {
  const at = new Date(ms)
  const two = (value: number): string => String(value).padStart(2, '0')
  const time = `${two(at.getUTCDate())}/${MONTHS[at.getUTCMonth()]}/${at.getUTCFullYear()}:${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())} +0000`
  return `${address} - - [${time}] "${request} HTTP/1.1" ${status} ${bytes} "-" "agent"\n`
}

/**
 * Line `i` of an access log: `perSecond` lines a second of event time, from ten addresses. From line 1,000 on every fifth guesses a password.
 */
export function accessLine(i: number, perSecond = 2): string {
  const ms = START + Math.floor(i / perSecond) * 1000
  return i >= 1_000 && i % 5 === 0
    ? logLine('10.0.0.66', ms, 'POST /login', 401, i)
    : logLine(`10.0.0.${i % 10}`, ms, `GET /page/${i}`, 200, i)
}

export function accessLines(from: number, to: number, perSecond = 2): string {
  return Array.from({ length: to - from }, (_, i) => accessLine(from + i, perSecond)).join('')
}
