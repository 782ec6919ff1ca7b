import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { userError } from '@millrace/core'
import { Counter, Gauge, Registry } from 'prom-client'

/** What one comparison of batch and stream found. */
export interface ParityFinding {
  readonly asset: string
  readonly rows: { readonly compared: number; readonly only_stream: number; readonly only_batch: number }
}

/** Metrics of comparisons that are made again and again, with a small server for them. */
export class ParityMeters {
  readonly #registry = new Registry()
  readonly #compared = this.#gauge('millrace_parity_compared_rows', 'Rows that the last comparison looked at.', ['asset'])
  readonly #differing = this.#gauge('millrace_parity_differing_rows', 'Rows that only one side had at the last comparison.', [
    'asset',
    'side',
  ])
  readonly #checkedAt = this.#gauge('millrace_parity_checked_timestamp_seconds', 'When the last comparison ended.', ['asset'])
  readonly #failures = new Counter({
    name: 'millrace_parity_failures_total',
    help: 'Comparisons that could not be made.',
    labelNames: ['asset'],
    registers: [this.#registry],
  })

  #gauge<T extends string>(name: string, help: string, labelNames: readonly T[]): Gauge<T> {
    return new Gauge({ name, help, labelNames, registers: [this.#registry] })
  }

  found({ asset, rows }: ParityFinding): void {
    this.#compared.set({ asset }, rows.compared)
    this.#differing.set({ asset, side: 'stream' }, rows.only_stream)
    this.#differing.set({ asset, side: 'batch' }, rows.only_batch)
    this.#checkedAt.set({ asset }, Date.now() / 1000)
  }

  failed(asset: string): void {
    this.#failures.inc({ asset })
  }

  text(): Promise<string> {
    return this.#registry.metrics()
  }

  /**
   * Serves `GET /metrics` on 127.0.0.1 until it is closed.
   *
   * @param port 0: one that is free
   */
  async serve(port: number): Promise<{ readonly port: number; close(): Promise<void> }> {
    const server = createServer(async (request, response) => {
      if (request.url !== '/metrics') return response.writeHead(404).end()
      response.writeHead(200, { 'content-type': this.#registry.contentType }).end(await this.text())
    })
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(port, '127.0.0.1', resolve)
    }).catch((cause: NodeJS.ErrnoException) => {
      throw userError('server/port-in-use', `Port ${port} cannot be listened on (${cause.code}).`, {
        asked: port,
        do: 'Give another `--port`.',
        cause,
      })
    })
    const close = (): Promise<void> =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
    return { port: (server.address() as AddressInfo).port, close }
  }
}
