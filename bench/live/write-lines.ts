import { closeSync, openSync, writeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { seededRandom, zipf } from '../../scripts/random.ts'

/** Time between two appends. */
const TICK_MS = 10
const START = Date.UTC(2026, 2, 2)
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/**
 * Appends access-log lines to a file at a steady rate, as a process of its own: `node write-lines.ts FILE LINES_PER_SECOND SECONDS SPEED ADDRESSES`.
 * Event time runs SPEED times as fast as the clock. Each line carries the wall clock of its writing (epoch ms) as its user agent. Prints
 * `EVENT_SECOND WALL_MS` when the first line of a second of event time is written.
 */
async function writeLines(
  file: string,
  options: { linesPerSecond: number; seconds: number; speed: number; addresses: number },
): Promise<void> {
  const { linesPerSecond, seconds, speed } = options
  const random = seededRandom(1)
  const address = zipf(options.addresses, 1.1, random)
  const out = openSync(file, 'a')
  const began = performance.now()
  let written = 0
  let second = -1
  while (written < linesPerSecond * seconds) {
    const elapsed = performance.now() - began
    const due = Math.min(Math.floor((elapsed / 1000) * linesPerSecond), linesPerSecond * seconds)
    const now = Date.now()
    const event = START + Math.floor((elapsed / 1000) * speed) * 1000
    const lines: string[] = []
    for (; written < due; written++) lines.push(line(address(), event, written, now))
    if (lines.length > 0) {
      writeSync(out, lines.join(''))
      if (event !== second) process.stdout.write(`${event} ${now}\n`)
      second = event
    }
    await sleep(TICK_MS)
  }
  closeSync(out)
}

function line(address: number, event: number, number: number, now: number): string {
  const at = new Date(event)
  const two = (value: number): string => String(value).padStart(2, '0')
  const time = `${two(at.getUTCDate())}/${MONTHS[at.getUTCMonth()]}/${at.getUTCFullYear()}:${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())} +0000`
  return `10.${(address >> 16) & 255}.${(address >> 8) & 255}.${address & 255} - - [${time}] "GET /page/${number % 5000} HTTP/1.1" ${number % 50 === 0 ? 404 : 200} ${100 + (number % 9000)} "-" "${now}"\n`
}

const [file, ...numbers] = process.argv.slice(2)
const [linesPerSecond, seconds, speed, addresses] = numbers.map(Number)
await writeLines(file, { linesPerSecond, seconds, speed, addresses })
