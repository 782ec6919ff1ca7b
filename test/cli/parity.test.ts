import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { madeLog } from '../harness/log-text.ts'
import { Random } from '../harness/random.ts'
import { document, oneDocument, StateFolder } from '../harness/state-folder.ts'

// Law 9: what the stream made is what batch computes, and a difference is found.

interface ParityDocument {
  readonly equal: boolean
  readonly since: string | null
  readonly rows: { readonly compared: number; readonly only_stream: number; readonly only_batch: number }
}

const FROM = Date.UTC(2026, 3, 1, 12)
const SINCE = new Date(FROM + 10 * 60_000).toISOString()
const CASE_MS_MAX = 60_000
const folder = new StateFolder()
let input: string
let all: ParityDocument

beforeAll(async () => {
  await folder.keepServices()
  const options = { lines: 2_000, from: FROM, stepMs: 600, disorderMs: 200_000, addresses: 5, oddShare: 0.02 }
  input = folder.write('access.log', madeLog(new Random(7), options))
  await folder.run(input)
  all = document(await folder.command(['parity', 'ip_activity', '--input', input, '--json']))
}, 120_000)

afterAll(() => folder.close())

describe('`parity`', () => {
  it('finds stream and batch equal over everything', () => {
    expect(all).toMatchObject({ equal: true, since: null, rows: { only_stream: 0, only_batch: 0 } })
    expect(all.rows.compared).toBeGreaterThan(50)
  })

  it(
    'compares, with --since, the windows that end later, and finds the rows that SQL counts',
    async () => {
      const part = document<ParityDocument>(await folder.command(['parity', 'ip_activity', '--input', input, '--since', SINCE, '--json']))
      const { rows } = await folder.sql(`select count(*) from ip_activity where window_end > timestamptz '${SINCE}'`, '--input', input)
      expect(part).toMatchObject({ equal: true, since: SINCE })
      expect(part.rows.compared).toBe(rows[0][0])
      expect(part.rows.compared).toBeLessThan(all.rows.compared)
    },
    CASE_MS_MAX,
  )

  it(
    'says of a time or a length of time that it is none',
    async () => {
      for (const args of [
        ['--since', 'yesterday'],
        ['--every', 'often'],
        ['--port', '0'],
      ]) {
        const outcome = await folder.command(['parity', 'ip_activity', '--input', input, ...args, '--json'])
        expect(outcome.status).toBe(1)
        expect(JSON.stringify(oneDocument(outcome))).toContain(args[0] === '--port' ? '--every' : args[1])
      }
    },
    CASE_MS_MAX,
  )

  it(
    'repeats, with --every, and serves what it found as metrics',
    async () => {
      let url: string | undefined
      const args = ['parity', 'ip_activity', '--input', input, '--every', '200ms', '--port', '0', '--json']
      const running = folder.start(args, {
        onStderr: (text) => {
          url ??= /http:\S+/.exec(text)?.[0]
        },
      })
      let text = ''
      for (let tries = 0; tries < 200 && !text.includes('millrace_parity_checked_timestamp_seconds{'); tries++) {
        await sleep(100)
        if (url !== undefined) text = await (await fetch(url)).text()
      }
      expect(text).toContain(`millrace_parity_compared_rows{asset="ip_activity"} ${all.rows.compared}`)
      expect(text).toContain('millrace_parity_differing_rows{asset="ip_activity",side="batch"} 0')
      let lines = 0
      running.child.stdout?.on('data', (more: string) => {
        lines += more.split('\n').length - 1
      })
      for (let tries = 0; tries < 300 && lines < 2; tries++) await sleep(100)
      running.child.kill('SIGINT')
      const { status, stdout } = await running.ended
      expect(status).toBe(130)
      const documents = stdout.trim().split('\n')
      expect(documents.length).toBeGreaterThan(1)
      for (const one of documents) expect(JSON.parse(one)).toMatchObject({ asset: 'ip_activity', equal: true })
    },
    CASE_MS_MAX,
  )
})
