import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accessLines, type DevProcess, Workbench } from './dev-process.ts'

/** A place that refuses service until it is mended. */
class Place {
  readonly rows: string[] = []
  broken = true
  readonly #server: Server

  private constructor() {
    this.#server = createServer((request, response) => {
      let text = ''
      request.setEncoding('utf8').on('data', (part: string) => {
        text += part
      })
      request.on('end', () => {
        if (!this.broken) this.rows.push(...text.split('\n').filter((line) => line !== ''))
        response.writeHead(this.broken ? 503 : 200).end()
      })
    })
  }

  static async open(): Promise<Place> {
    const place = new Place()
    await new Promise<void>((resolve) => place.#server.listen(0, '127.0.0.1', resolve))
    return place
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}

describe('a sink and a receiver that fail', () => {
  const bench = new Workbench()
  let place: Place
  let dev: DevProcess
  let url = ''

  beforeAll(async () => {
    place = await Place.open()
    const declarations = join(bench.project, 'weblogs.ts')
    const text = readFileSync(declarations, 'utf8')
      .replace('import { ', 'import { httpSink, sink, webhook, ')
      .replace("runbook: 'runbooks/attack.md',", `runbook: 'runbooks/attack.md', notify: [webhook('${place.url}')],`)
    writeFileSync(declarations, `${text}export const toHttp = sink('activity_http', { from: ipActivity, to: httpSink('${place.url}') })\n`)
    writeFileSync(bench.log('access.log'), accessLines(0, 2_000))
    dev = bench.dev('--port', '0')
    await dev.until((one) => one.of('serving').length === 1)
    url = String(dev.of('serving')[0].url)
  })
  afterAll(async () => {
    await bench.close()
    place.close()
  })

  const told = (state: string): readonly string[] =>
    dev
      .of('outlet')
      .map(({ outlet }) => outlet as { name: string; kind: string; state: string })
      .filter((outlet) => outlet.state === state)
      .map(({ kind }) => kind)
  const metrics = async (): Promise<string> => (await fetch(`${url}/metrics`)).text()
  const sample = (text: string, name: string): number => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1])

  it('are told of, shown and counted', async () => {
    await dev.until(() => new Set(told('retrying')).size === 2)
    const { outlets } = (await (await fetch(`${url}/api/state`)).json()) as { outlets: Record<string, unknown>[] }
    expect(outlets).toMatchObject([
      { name: 'activity_http', kind: 'sink', state: 'retrying', delivered: 0, last_error: expect.stringContaining('503') },
      { kind: 'webhook', state: 'retrying', delivered: 0, last_error: expect.stringContaining('503') },
    ])
    expect(outlets[0].waiting).toBeGreaterThan(0)
    expect(sample(await metrics(), 'millrace_outlet_failures\\{outlet="activity_http",kind="sink"\\}')).toBeGreaterThan(0)
    await expect.poll(async () => sample(await metrics(), 'millrace_outbox_oldest_pending_seconds'), { timeout: 15_000 }).toBeGreaterThan(0)
  })

  it('do not hold up the rest', async () => {
    expect(dev.of('alert').length).toBe(1)
    const text = await metrics()
    expect(sample(text, 'millrace_feature_rows_total\\{asset="ip_activity"\\}')).toBe(2_000)
    expect(sample(text, 'millrace_feature_seconds_total\\{asset="ip_activity"\\}')).toBeGreaterThan(0)
  })

  it('are told of when they take what they get again', async () => {
    place.broken = false
    await dev.until(() => new Set(told('running')).size === 2)
    await dev.until(() => place.rows.some((line) => line.includes('"window_start"') && line.includes('"hits"')))
    const text = await metrics()
    expect(sample(text, 'millrace_outlet_failures\\{outlet="activity_http",kind="sink"\\}')).toBe(0)
  })

  it('leaves the rates at nought when nothing comes', async () => {
    await new Promise((resolve) => setTimeout(resolve, 3_500))
    const text = await metrics()
    expect(sample(text, 'millrace_lines_per_second\\{source="requests"\\}')).toBe(0)
    expect(text).not.toMatch(/^millrace_lag_seconds\{/m)
  })
})
