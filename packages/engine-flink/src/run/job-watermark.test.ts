import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { jobWatermark } from './job-watermark.ts'

let server: Server | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

/** A JobManager with a job of a source, windows and a sink, whose tasks tell these watermarks. */
async function telling(windows: readonly string[], sink: readonly string[]): Promise<string> {
  const told = (values: readonly string[]) => values.map((value, task) => ({ id: `${task}.currentInputWatermark`, value }))
  const nodes = [
    { id: 'source', parallelism: 2 },
    { id: 'windows', parallelism: 2, inputs: [{ id: 'source' }] },
    { id: 'sink', parallelism: 1, inputs: [{ id: 'windows' }] },
  ]
  const answers: Readonly<Record<string, unknown>> = {
    '/jobs/j': { plan: { nodes } },
    '/jobs/j/vertices/windows/watermarks': told(windows),
    '/jobs/j/vertices/sink/watermarks': told(sink),
  }
  server = createServer((request, response) => response.end(JSON.stringify(answers[request.url ?? ''])))
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
}

it('is the least of all tasks that read of others', async () => {
  expect(await jobWatermark(await telling(['1500', '1200'], ['1300']), 'j')).toBe(1200)
})

it('is not told while a task does not tell', async () => {
  expect(await jobWatermark(await telling(['1500'], ['1300']), 'j')).toBeUndefined()
})

it('is at the beginning where a task has seen nothing', async () => {
  expect(await jobWatermark(await telling(['1500', '-9223372036854775808'], ['1300']), 'j')).toBe(-(2 ** 63))
})
