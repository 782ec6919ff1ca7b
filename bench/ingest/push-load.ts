import { randomUUID } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { HttpConnection } from '../score/http-connection.ts'
import { type BodyKind, pushBody } from './push-project.ts'

export interface PushOrder {
  readonly port: number
  readonly kind: BodyKind
  readonly gzip: boolean
  readonly recordsPerRequest: number
  readonly connections: number
  readonly seconds: number
}

export interface PushFigures {
  /** Requests answered with 200 within the time that is measured. */
  readonly requests: number
  /** All that were answered with 200, the warm-up's too. */
  readonly taken: number
  readonly failed: number
  readonly seconds: number
  /** From the sending of a request to its answer, ms. */
  readonly p50: number
  readonly p99: number
}

/** Bodies are made before, and sent in turn; each request has a key of its own. */
const BODIES = 40
const WARM_UP_MS = 2_000

/** Sends requests as fast as they are answered, each connection one at a time. */
export async function pushLoad(order: PushOrder): Promise<PushFigures> {
  const { kind, gzip, recordsPerRequest: count } = order
  const bodies = Array.from({ length: BODIES }, (_, i) => {
    const text = Buffer.from(pushBody(kind, i * count, (i + 1) * count))
    return gzip ? gzipSync(text) : text
  })
  const connections = await Promise.all(Array.from({ length: order.connections }, () => HttpConnection.open(order.port)))
  let sent = 0
  let taken = 0
  let failed = 0
  const latencies: number[] = []
  const began = performance.now() + WARM_UP_MS
  const ends = began + order.seconds * 1000
  const send = async (connection: HttpConnection): Promise<void> => {
    for (let at = performance.now(); at < ends; at = performance.now()) {
      const body = bodies[sent++ % BODIES]
      const status = await connection.send(Buffer.concat([Buffer.from(head(order, body.length)), body]))
      if (status === 200) taken += 1
      else failed += 1
      if (status === 200 && at >= began) latencies.push(performance.now() - at)
    }
  }
  await Promise.all(connections.map(send))
  const seconds = (performance.now() - began) / 1000
  for (const connection of connections) connection.close()
  const sorted = latencies.sort((a, b) => a - b)
  const quantile = (share: number): number => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] * 100) / 100
  return { requests: sorted.length, taken, failed, seconds, p50: quantile(0.5), p99: quantile(0.99) }
}

function head({ kind, gzip }: PushOrder, length: number): string {
  const lines = [
    'POST /api/ingest/events HTTP/1.1',
    'Host: 127.0.0.1',
    `Content-Type: ${kind}`,
    `Content-Length: ${length}`,
    `Idempotency-Key: ${randomUUID()}`,
    ...(gzip ? ['Content-Encoding: gzip'] : []),
  ]
  return `${lines.join('\r\n')}\r\n\r\n`
}
