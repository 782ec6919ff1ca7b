import { readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { accessLines, Workbench } from './dev-process.ts'

/** The whole build takes a minute for it. */
const DEAD_MS = Number(process.env.MILLRACE_DEAD_MS ?? 4_000)
/** The longest pause between two tries, and time for the try. */
const ANSWER_MS_MAX = 32_000

interface Taken {
  readonly status: number
  readonly key: string
  readonly id: string
}

/** A receiver at a fixed port that may go away and come back. */
class Receiver {
  readonly taken: Taken[] = []
  refuses = 2
  port = 0
  #server: Server | undefined

  async open(): Promise<void> {
    const server = createServer((request, response) => {
      let body = ''
      request.setEncoding('utf8').on('data', (part: string) => {
        body += part
      })
      request.on('end', () => {
        const status = this.refuses-- > 0 ? 500 : 200
        this.taken.push({ status, key: String(request.headers['idempotency-key']), id: (JSON.parse(body) as { id: string }).id })
        response.writeHead(status).end()
      })
    })
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve))
    this.port = (server.address() as AddressInfo).port
    this.#server = server
  }

  async die(): Promise<void> {
    this.#server?.closeAllConnections()
    await new Promise((resolve) => this.#server?.close(resolve))
  }
}

describe('a receiver that fails twice and is then dead', () => {
  const bench = new Workbench()
  const receiver = new Receiver()

  beforeAll(async () => {
    await receiver.open()
    const declarations = join(bench.project, 'weblogs.ts')
    const text = readFileSync(declarations, 'utf8')
      .replace('import { ', 'import { webhook, ')
      .replace("cooldown: '10m',", `cooldown: '1m', notify: [webhook('http://127.0.0.1:${receiver.port}/')],`)
    writeFileSync(declarations, text)
  })
  afterAll(async () => {
    await bench.close()
    await receiver.die()
  })

  it(
    `gets every alert once, under one id, when it is back after ${DEAD_MS} ms`,
    async () => {
      writeFileSync(bench.log('access.log'), accessLines(0, 2_000))
      const dev = bench.dev('--no-server')
      await dev.until(() => receiver.taken.some(({ status }) => status === 200))
      expect(receiver.taken.slice(0, 3).map(({ status }) => status)).toEqual([500, 500, 200])
      await receiver.die()
      writeFileSync(bench.log('access.log'), accessLines(2_000, 4_000), { flag: 'a' })
      await dev.until((one) => one.of('alert').length >= 10)
      await sleep(DEAD_MS)
      await receiver.open()
      const alerts = dev.of('alert').map(({ id }) => String(id))
      const until = Date.now() + ANSWER_MS_MAX
      const delivered = (): string[] => receiver.taken.filter(({ status }) => status === 200).map(({ id }) => id)
      while (delivered().length < alerts.length && Date.now() < until) await sleep(100)
      await dev.kill('SIGTERM')
      expect(delivered().sort()).toEqual([...new Set(alerts)].sort())
      const keys = new Map(receiver.taken.map(({ id, key }) => [id, key]))
      expect(receiver.taken.every(({ id, key }) => keys.get(id) === key)).toBe(true)
      expect(new Set(keys.values()).size).toBe(alerts.length)
    },
    DEAD_MS + 120_000,
  )
})
