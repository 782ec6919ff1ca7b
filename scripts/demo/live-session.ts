import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Commands } from './commands.ts'
import { DemoFailure } from './demo-failure.ts'
import { FlinkWatch } from './flink-watch.ts'
import { counted } from './history.ts'
import type { Household } from './household.ts'
import { type Label, readLabels } from './judge/label.ts'
import { LiveFeed } from './live-feed.ts'
import { statusLines } from './live-status.ts'
import type { Progress } from './progress.ts'

export interface LiveOptions {
  /** Holds `logs/` and the labels of the live attacks. */
  readonly folder: string
  readonly seed: number
  readonly intensity: number
  /** Simulated minutes. */
  readonly minutes: number
  /** First simulated moment, epoch ms. */
  readonly start: number
  readonly port: number
  /** Models that must decide from the first row. */
  readonly models: readonly string[]
  /** The views are computed on Flink. */
  readonly scaled: boolean
}

/** What was sent, and what the shop wrote. */
export interface LiveTraffic {
  readonly requestsSent: number
  readonly linesWritten: number
  readonly labels: readonly Label[]
  /** The shop's log file. */
  readonly log: string
}

/** How many times as fast as real time the simulated clock runs. */
const SPEED = 60
const READY_MS_MAX = 40_000
/** Time for the shop and its visitors to start before the clock does. */
const MINUTE_MS = 60_000
const HEAD_START_MS = 1_500
const LOOK_MS = 100
const STATUS_MS = 1_000
const PLAIN_STATUS_MS = 10_000
/** Everything is shown when nothing was told of for as long. */
const QUIET_MS = 1_500
const CAUGHT_UP_MS_MAX = 60_000
/** Rows come with checkpoints, and in several pieces, so that a longer quiet tells that all are there. */
const SCALED = { readyMsMax: 900_000, quietMs: 8_000, caughtUpMsMax: 1_800_000 }
const EMBEDDED = { readyMsMax: READY_MS_MAX, quietMs: QUIET_MS, caughtUpMsMax: CAUGHT_UP_MS_MAX }

interface Parts {
  readonly commands: Commands
  readonly household: Household
  readonly progress: Progress
}

/** The product following the shop's log, with the shop and its visitors as processes of their own. */
export class LiveSession {
  readonly feed: LiveFeed
  /** The job on Flink; undefined where there is none. */
  readonly job: FlinkWatch | undefined
  readonly #parts: Parts
  readonly #options: LiveOptions
  readonly #up: ChildProcess
  readonly #log: string
  #stderr = ''

  private constructor(parts: Parts, options: LiveOptions) {
    this.#parts = parts
    this.#options = options
    this.#log = join(options.folder, 'logs', 'access.log')
    const words = parts.commands.words('up', '--from', this.#log, '--port', String(options.port))
    this.#up = parts.household.start(words, { stdio: ['ignore', 'pipe', 'pipe'] })
    this.#up.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text
    })
    if (this.#up.stdout === null) throw new DemoFailure('`millrace up` could not be started.')
    this.feed = new LiveFeed(this.#up.stdout, ({ code, message }) => {
      if (code !== 'alert/nobody-told') parts.progress.say(`  ${message}`)
    })
    this.job = options.scaled ? new FlinkWatch(() => this.feed.url) : undefined
  }

  /** Starts following and waits until the page is up and the models decide, and until the job runs where there is one. */
  static async start(parts: Parts, options: LiveOptions): Promise<LiveSession> {
    const session = new LiveSession(parts, options)
    const { feed, job } = session
    const isReady = (): boolean =>
      feed.url !== undefined && options.models.every((model) => feed.models.get(model)) && (job === undefined || job.isRunning)
    await session.#until(isReady, session.#times.readyMsMax, `to start its page${job === undefined ? '' : ', its job'} and its models`)
    return session
  }

  /** Sends the hour's traffic to the shop, and shows what is found, until everything in its log is followed to the end. */
  async watchTraffic(): Promise<LiveTraffic> {
    const { seed, intensity, minutes, start, folder } = this.#options
    const { commands, household, progress } = this.#parts
    const clock = ['--start', new Date(start).toISOString(), '--real-start', String(Date.now() + HEAD_START_MS), '--speed', String(SPEED)]
    const shop = household.start([commands.simulator('shop.ts'), '--log', this.#log, '--port', '0', ...clock], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const shopLines = linesOf(shop)
    const { url } = JSON.parse(await shopLines.first) as { url: string }
    const labels = join(folder, 'live-labels.jsonl')
    const traffic = household.start(
      [
        commands.simulator('traffic.ts'),
        ...['--url', url, ...clock, '--minutes', String(minutes), '--seed', String(seed), '--intensity', String(intensity)],
        ...['--labels', labels],
      ],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    )
    const trafficLines = linesOf(traffic)
    const showing = this.#showStatus()
    const last = await Promise.race([trafficLines.last, this.#gone()]).finally(() => clearInterval(showing))
    const sent = JSON.parse(last) as { requestsSent: number; failed: number }
    await askOnceMore(url)
    shop.kill('SIGTERM')
    await shopLines.last
    const requests = sent.requestsSent + 1
    const linesWritten = await countLines(this.#log)
    progress.show([])
    progress.say(`  the clock has jumped: ${counted(requests)} requests were sent, ${counted(linesWritten)} lines are in the log`)
    const catchingUp = this.job === undefined ? undefined : this.#showStatus()
    try {
      await this.#until(() => this.#isThrough(linesWritten), this.#times.caughtUpMsMax, `to follow ${linesWritten} lines`)
    } finally {
      clearInterval(catchingUp)
    }
    return { requestsSent: requests, linesWritten, labels: readLabels(readFileSync(labels, 'utf8')), log: this.#log }
  }

  get #times(): typeof EMBEDDED {
    return this.#options.scaled ? SCALED : EMBEDDED
  }

  /** Whether all lines are followed, and all is told that comes of them: with Flink, rows of windows that only the jump has closed. */
  #isThrough(linesWritten: number): boolean {
    const { start, minutes } = this.#options
    const trafficEnd = new Date(start + minutes * MINUTE_MS).toISOString()
    const isFollowed = (this.feed.status?.lines ?? 0) >= linesWritten && Date.now() - this.feed.newsAt > this.#times.quietMs
    return isFollowed && (this.job === undefined || this.feed.lastWindowEnd > trafficEnd)
  }

  /** Stops in order: what was read is brought to its end. */
  async stop(): Promise<void> {
    this.job?.stop()
    if (this.#up.exitCode !== null || this.#up.signalCode !== null) return
    this.#up.kill('SIGTERM')
    await Promise.all([once(this.#up, 'close'), this.feed.ended])
  }

  #showStatus(): NodeJS.Timeout {
    const { progress } = this.#parts
    const isTerminal = process.stderr.isTTY === true
    return setInterval(
      () => {
        const [first, ...rest] = statusLines(this.feed)
        const line = `${first}${this.job?.line ?? ''}`
        if (isTerminal) progress.show([line, ...rest])
        else progress.say(line)
      },
      isTerminal ? STATUS_MS : PLAIN_STATUS_MS,
    )
  }

  async #until(holds: () => boolean, waitMsMax: number, what: string): Promise<void> {
    const until = Date.now() + waitMsMax
    while (!holds()) {
      if (Date.now() > until)
        throw new DemoFailure(`\`millrace up\` took longer than ${waitMsMax / 1000} s ${what}. ${this.#stderr.trim()}`)
      if (this.#up.exitCode !== null || this.#up.signalCode !== null) await this.#gone()
      await sleep(LOOK_MS)
    }
  }

  /** Fails when the session ends of itself. */
  async #gone(): Promise<never> {
    if (this.#up.exitCode === null && this.#up.signalCode === null) await once(this.#up, 'close')
    throw new DemoFailure(
      `\`millrace up\` ended with ${this.#up.exitCode ?? this.#up.signalCode}. ${this.feed.failure ?? this.#stderr.trim()}`,
    )
  }
}

/** First and last line of a child's standard output; both fail when it ends in another way than well. */
function linesOf(child: ChildProcess): { readonly first: Promise<string>; readonly last: Promise<string> } {
  let latest = ''
  const first = Promise.withResolvers<string>()
  const last = Promise.withResolvers<string>()
  first.promise.catch(() => {})
  last.promise.catch(() => {})
  if (child.stdout !== null)
    createInterface({ input: child.stdout }).on('line', (line) => {
      latest = line
      first.resolve(line)
    })
  const fail = (found: unknown): void => {
    const failure = new DemoFailure(`\`node ${child.spawnargs.slice(1, 2)}\` ended with ${found}.`)
    first.reject(failure)
    last.reject(failure)
  }
  child.once('error', fail).once('close', (status, signal) => {
    if (status === 0 && latest !== '') last.resolve(latest)
    else fail(status ?? signal)
  })
  return { first: first.promise, last: last.promise }
}

/** A line is stamped with the watermark before it: the one after the clock's jump carries that of all the traffic. */
async function askOnceMore(url: string): Promise<void> {
  const response = await fetch(`${url}/health`)
  await response.arrayBuffer()
}

async function countLines(file: string): Promise<number> {
  let lines = 0
  for await (const chunk of createReadStream(file)) for (const byte of chunk as Buffer) if (byte === 10) lines++
  return lines
}
