// node examples/nexmark/generate.ts --events N [--from N] [--seed N] [--rate N] [--first-time T] [--disorder N] (--json-lines FILE | --parquet FOLDER | --folder FOLDER [--closing])
import { once } from 'node:events'
import { createWriteStream, type WriteStream } from 'node:fs'
import { parseArgs } from 'node:util'
import { events } from './generator/event.ts'
import { writeEventFolder } from './generator/event-folder.ts'
import { writeParquet } from './generator/parquet.ts'
import { SETTINGS, type Settings } from './generator/settings.ts'

const { values } = parseArgs({
  options: {
    events: { type: 'string' },
    from: { type: 'string', default: '0' },
    seed: { type: 'string', default: String(SETTINGS.seed) },
    rate: { type: 'string', default: String(SETTINGS.rate) },
    'first-time': { type: 'string', default: new Date(SETTINGS.firstTimeMs).toISOString() },
    disorder: { type: 'string', default: String(SETTINGS.disorder) },
    'json-lines': { type: 'string' },
    parquet: { type: 'string' },
    folder: { type: 'string' },
    closing: { type: 'boolean', default: false },
  },
})

const count = whole('--events', values.events, 1)
const from = whole('--from', values.from, 0)
const settings: Settings = {
  ...SETTINGS,
  seed: whole('--seed', values.seed, 0),
  rate: whole('--rate', values.rate, 1),
  firstTimeMs: time(values['first-time']),
  disorder: whole('--disorder', values.disorder, 1),
}

if (values.parquet !== undefined && from === 0) await writeParquet(values.parquet, count, settings)
else if (values['json-lines'] !== undefined) await writeLines(values['json-lines'])
else if (values.folder !== undefined) await writeEventFolder({ folder: values.folder, from, count, closing: values.closing }, settings)
else
  refuse(
    'Say where to: `--json-lines FILE` (`-` is standard output), `--folder FOLDER`, or `--parquet FOLDER`, which begins with the first event.',
  )

/** Lines as `millrace plan-run` takes them. */
async function writeLines(path: string): Promise<void> {
  const out: WriteStream | NodeJS.WriteStream = path === '-' ? process.stdout : createWriteStream(path)
  for (const { source, row } of events({ from, to: from + count }, settings)) {
    if (!out.write(`${JSON.stringify({ source, row })}\n`)) await once(out, 'drain')
  }
  if (out === process.stdout) return
  out.end()
  await once(out, 'finish')
}

function whole(option: string, text: string | undefined, least: number): number {
  const number = /^\d{1,15}$/.test(text ?? '') ? Number(text) : -1
  return number >= least ? number : refuse(`\`${option}\` is \`${text ?? ''}\`; it must be a whole number from ${least}.`)
}

function time(text: string): number {
  const ms = Date.parse(text)
  return Number.isNaN(ms) ? refuse(`\`--first-time\` is \`${text}\`; it must be a time such as 2026-01-01T00:00:00Z.`) : ms
}

function refuse(message: string): never {
  process.stderr.write(`${message}\n`)
  process.exit(1)
}
