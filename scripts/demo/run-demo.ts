import { constants } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../process/free-port.ts'
import { Commands } from './commands.ts'
import { DemoFailure } from './demo-failure.ts'
import { type DemoOptions, demoOptions, OptionError } from './demo-options.ts'
import { type History, makeHistory } from './history.ts'
import { Household, type Place } from './household.ts'
import { demoDocument } from './judge/demo-document.ts'
import { countedInWindows, lawOfBalance, lawOfParity } from './judge/law.ts'
import { liveEvidence, VIEWS } from './judge/live-evidence.ts'
import { LiveSession, type LiveTraffic } from './live-session.ts'
import { Progress } from './progress.ts'
import { requireServers, startServers } from './scaled-servers.ts'
import { attackLines, nextSteps } from './summary.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const PROJECT = join(ROOT, 'examples', 'weblogs')
const FOLDER = join(PROJECT, '.millrace', 'demo')
const PLACE: Place = { bin: join(ROOT, 'packages/cli/bin/millrace.js'), project: PROJECT, folder: FOLDER, state: join(FOLDER, 'state') }
/** The past ends with a Sunday, so that the live part is a Monday's evening. */
const HISTORY_END = Date.UTC(2026, 2, 16)
const LIVE_START = Date.UTC(2026, 2, 16, 18)
const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP']
/** The live part's visitors are others than those of the past. */
const LIVE_SEED_STEP = 1_000_003

/** Runs the demo and gives the exit status. */
export async function runDemo(args: readonly string[]): Promise<number> {
  const progress = new Progress()
  try {
    const options = demoOptions(args)
    if (options.scaled) requireServers()
    const household = await Household.enter(PLACE, { keep: options.keep || !options.check })
    const leaving = leaveOnSignal(household, progress)
    try {
      const stage = { options, household, progress, commands: new Commands(household, PLACE, environmentOf(options)) }
      return await Promise.race([demo(stage, leaving).catch((error: unknown) => leaving.instead(error)), leaving.left])
    } finally {
      await leaving.leave()
    }
  } catch (error) {
    if (!(error instanceof DemoFailure) && !(error instanceof OptionError)) throw error
    progress.say(error.message)
    if (args.includes('--check')) printDocument({ ok: false, missed: [error.message], seconds: progress.seconds })
    return 1
  }
}

function environmentOf({ scaled }: DemoOptions): string {
  return scaled ? 'scaled' : 'dev'
}

interface Stage {
  readonly options: DemoOptions
  readonly household: Household
  readonly progress: Progress
  readonly commands: Commands
}

async function demo(stage: Stage, leaving: Leaving): Promise<number> {
  const { options, progress, commands, household } = stage
  await progress.during('Starting PostgreSQL', commands.document(commands.words('start')))
  if (options.scaled) await progress.during('Starting Kafka and Flink', startServers(household, FOLDER))
  const folder = join(FOLDER, 'history')
  const history = await makeHistory(commands, progress, { folder, seed: options.seed, days: options.days, end: HISTORY_END })
  const port = await freePort(options.port)
  if (port !== options.port) progress.say(`Port ${options.port} is taken; the page will be at port ${port}.`)
  const session = await progress.during(
    `Live: millrace up --from logs/access.log${options.scaled ? ' --env scaled, its views on Flink' : ''}`,
    LiveSession.start(stage, {
      folder: FOLDER,
      seed: options.seed + LIVE_SEED_STEP,
      intensity: options.intensity,
      minutes: options.minutes,
      start: LIVE_START,
      port,
      models: history.models.map(({ name }) => name),
      scaled: options.scaled,
    }),
  )
  progress.say(`  the page: ${session.feed.url}`)
  progress.say(
    `Live: ${options.minutes} simulated minutes at 60 times real time, attacks of every kind at intensity ${options.intensity} …`,
  )
  const traffic = await session.watchTraffic()
  if (options.check) return await check(stage, { history, session, traffic })
  for (const line of attackLines(traffic.labels, session.feed)) progress.say(line)
  if (process.stdin.isTTY === true) {
    progress.say(nextSteps(session.feed.url, environmentOf(options)))
    return await leaving.untilAsked()
  }
  await progress.during('Stopping: what was read is brought to its end', session.stop())
  progress.say(nextSteps(undefined, environmentOf(options)))
  return 0
}

interface Past {
  readonly history: History
  readonly session: LiveSession
  readonly traffic: LiveTraffic
}

async function check({ options, progress, commands }: Stage, { history, session, traffic }: Past): Promise<number> {
  const { seed, intensity } = options
  await progress.during('Check: stopping `up`, which drains', session.stop())
  const evidence = await progress.during('Check: millrace sql, alerts', liveEvidence(commands, traffic))
  const parity = await progress.during('Check: millrace parity', lawOfParity(commands, [VIEWS.ip, VIEWS.site]))
  const { feed, job } = session
  const views = job === undefined ? feed.status?.views : await countedInWindows(commands, ['site_activity'])
  const laws = [lawOfBalance(history, feed.status, views), parity]
  const found = { history, traffic, feed, evidence, laws, job: job?.figures }
  const document = demoDocument({ seed, intensity, seconds: progress.seconds, ...found })
  for (const line of attackLines(traffic.labels, feed)) progress.say(line)
  progress.say(document.ok ? 'Everything holds.' : `Missed:\n${document.missed.join('\n')}`)
  printDocument(document)
  return document.ok ? 0 : 1
}

function printDocument(document: object): void {
  process.stdout.write(`${JSON.stringify(document)}\n`)
}

interface Leaving {
  /** Resolves with an exit status when a signal has ended the demo. */
  readonly left: Promise<number>
  /** Ends every process, once. */
  leave(): Promise<void>
  /** What has failed because the demo was asked to end is no failure. */
  instead(error: unknown): Promise<number>
  /** Waits for a signal that is the usual end. */
  untilAsked(): Promise<number>
}

/** Ends every process when the demo is asked to end. */
function leaveOnSignal(household: Household, progress: Progress): Leaving {
  const left = Promise.withResolvers<number>()
  let leaving: Promise<void> | undefined
  let isUsual = false
  const leave = (): Promise<void> => {
    leaving ??= household.close()
    return leaving
  }
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (leaving !== undefined) return
      progress.show([])
      progress.say('Stopping …')
      void leave().then(() => {
        progress.say(
          isUsual
            ? 'Stopped. What it found stays in examples/weblogs/.millrace/demo.'
            : 'Nothing is left running. `npm run demo` begins anew.',
        )
        left.resolve(isUsual ? 0 : 128 + constants.signals[signal])
      })
    })
  }
  return {
    left: left.promise,
    leave,
    instead: (error) => (leaving === undefined ? Promise.reject(error) : left.promise),
    untilAsked: () => {
      isUsual = true
      return left.promise
    },
  }
}
