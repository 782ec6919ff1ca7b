import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type ScoringView, startServer } from '@millrace/server'
import { describe, expect, it } from 'vitest'
import { FedSession } from './fed-session.ts'

const BODY = JSON.stringify({ key: { ip: '10.7.3.19' } })

/** A scoring view that waits for leave before it answers. */
function held(scoring: ScoringView): { scoring: ScoringView; asked: Promise<void>; release: () => void } {
  const { promise: leave, resolve: release } = Promise.withResolvers<void>()
  const { promise: asked, resolve: tell } = Promise.withResolvers<void>()
  return {
    asked,
    release,
    scoring: {
      ...scoring,
      score: async (...args) => {
        tell()
        await leave
        return scoring.score(...args)
      },
    },
  }
}

function post(url: string): Promise<Response> {
  return fetch(`${url}/api/score/suspicious_ip`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: BODY })
}

describe('closing', () => {
  it('finishes requests in progress, ends event streams and takes no new connection', async () => {
    const { views } = new FedSession()
    const { scoring, asked, release } = held(views.scoring)
    const server = await startServer({ port: 0, ...views, scoring })
    const events = await fetch(`${server.url}/api/events`)
    const pending = post(server.url)
    await asked
    const closed = server.close()
    await expect(fetch(`${server.url}/api/state`)).rejects.toThrow()
    await events.text()
    const start = performance.now()
    release()
    expect(await (await pending).json()).toMatchObject({ decision: true })
    await closed
    expect(performance.now() - start).toBeLessThan(2500)
  })

  it('is not ready while it drains, and goes on answering until it is closed', async () => {
    const { views } = new FedSession()
    const server = await startServer({ port: 0, ...views })
    expect((await fetch(`${server.url}/health/ready`)).status).toBe(200)
    server.drain()
    const ready = await fetch(`${server.url}/health/ready`)
    expect(ready.status).toBe(503)
    expect(await ready.json()).toEqual({ ready: false, reasons: ['The server is ending.'] })
    expect((await fetch(`${server.url}/health/live`)).status).toBe(200)
    expect(await (await post(server.url)).json()).toMatchObject({ decision: true })
    await server.close()
  })
})

describe('a port in use', () => {
  it('names another Millrace by project and process', async () => {
    const { views } = new FedSession()
    const first = await startServer({ port: 0, ...views })
    await expect(startServer({ port: first.port, ...views })).rejects.toMatchObject({
      family: 'user',
      code: 'server/port-in-use',
      message: expect.stringContaining(`another Millrace (project weblogs, process ${process.pid})`),
      facts: { asked: first.port, do: expect.stringContaining('--port') },
    })
    await first.close()
  })

  it('says that another program holds it, also one that never answers', async () => {
    const silent = createServer(() => {})
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const { port } = silent.address() as AddressInfo
    await expect(startServer({ port, ...new FedSession().views })).rejects.toMatchObject({
      code: 'server/port-in-use',
      message: expect.stringContaining('another program'),
    })
    silent.closeAllConnections()
    silent.close()
  })
})
