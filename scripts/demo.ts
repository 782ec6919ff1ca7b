import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { writeTraffic } from './simulate/write-traffic.ts'

/**
 * `npm run demo`: writes a day of a shop's access log with a flood, a path scan and guessed passwords in it, runs the example
 * project over it, asks one question, and says what to try next. The same seed gives the same log.
 */
const ROOT = fileURLToPath(new URL('..', import.meta.url))
const PROJECT = 'examples/weblogs'
const FOLDER = join(ROOT, PROJECT, '.millrace', 'demo')
const LOG = join(FOLDER, 'access.log')
const STATE = join(FOLDER, 'state')
const DAY_START = Date.UTC(2026, 2, 2)

const { values } = parseArgs({ options: { seed: { type: 'string', default: '1' }, days: { type: 'string', default: '3' } } })

async function demo(seed: number, days: number): Promise<void> {
  say(`Writing ${days} days of a shop's access log, seed ${seed} …`)
  rmSync(FOLDER, { recursive: true, force: true })
  mkdirSync(FOLDER, { recursive: true })
  const lines = writeTraffic(FOLDER, { seed, days, intensity: 1, start: DAY_START })
  say(`${lines.toLocaleString('en-US')} lines in ${shown(LOG)}\n`)

  say(`$ millrace run --project ${PROJECT} --input ${shown(LOG)}`)
  await millrace(['run', '--input', LOG])

  const question =
    'select ip, max(hits) as peak, max(distinct_paths) as paths, max(failed_logins) as failed from ip_activity group by ip order by peak desc limit 5'
  say(`\n$ millrace sql --project ${PROJECT} "${question}"`)
  await millrace(['sql', question])

  say(`
Try next, on your own log:
  npx millrace run --project ${PROJECT} --input access.log
  npx millrace sql --project ${PROJECT} "select * from ip_activity order by hits desc limit 5"
  npx millrace explain --project ${PROJECT} --asset ip_activity
  npx millrace dev --project ${PROJECT}          follows ${PROJECT}/logs/*.log
The attacks that are in this log stand in ${shown(join(FOLDER, 'labels.jsonl'))}.`)
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

function shown(path: string): string {
  return path.startsWith(ROOT) ? path.slice(ROOT.length) : path
}

function millrace(args: readonly string[]): Promise<void> {
  const bin = join(ROOT, 'packages/cli/bin/millrace.js')
  const [command, ...rest] = args
  const child = spawn(process.execPath, [bin, command, '--project', join(ROOT, PROJECT), '--state', STATE, ...rest], {
    stdio: ['ignore', 'inherit', 'inherit'],
    cwd: ROOT,
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code) => {
      if (code === 0) resolve()
      else {
        process.exitCode = code ?? 2
        reject(new DemoFailure(`millrace ${command} ended with ${code}`))
      }
    })
  })
}

class DemoFailure extends Error {}

const seed = Number(values.seed)
const days = Number(values.days)
if (!Number.isSafeInteger(seed) || !Number.isSafeInteger(days) || days < 1 || !existsSync(join(ROOT, PROJECT))) {
  process.stderr.write('--seed and --days take whole numbers.\n')
  process.exitCode = 1
} else {
  await demo(seed, days).catch((error: unknown) => {
    if (!(error instanceof DemoFailure)) throw error
    process.stderr.write(`${error.message}\n`)
  })
}
