import { HttpConnection, postRequest } from './http-connection.ts'

/** What to send, and how. */
export interface LoadOrder {
  readonly port: number
  readonly path: string
  /** Bodies, sent in turn. */
  readonly bodies: readonly string[]
  readonly connections: number
  readonly seconds: number
  /** Requests per second, sent when their time has come; absent: each connection sends as soon as it has its answer. */
  readonly rate?: number
}

export interface LoadFigures {
  readonly requests: number
  readonly requestsPerSecond: number
  readonly failed: number
  /** From the moment a request was due to the end of its answer, ms. */
  readonly p50: number
  readonly p99: number
  readonly max: number
}

/** The load's own code is compiled while it runs: requests of the first moment are not measured. */
const WARM_UP_MS = 1_000

/** Loads a server and says how it answered. */
export async function httpLoad(order: LoadOrder): Promise<LoadFigures> {
  const requests = order.bodies.map((body) => postRequest(order.path, body))
  const connections = await Promise.all(Array.from({ length: order.connections }, () => HttpConnection.open(order.port)))
  await new Load(requests).flatOut(connections[0], performance.now() + WARM_UP_MS)
  const load = new Load(requests)
  const started = performance.now()
  const until = started + order.seconds * 1000
  if (order.rate === undefined) await Promise.all(connections.map((connection) => load.flatOut(connection, until)))
  else await load.paced(connections, { until, rate: order.rate })
  const seconds = (performance.now() - started) / 1000
  for (const connection of connections) connection.close()
  return load.figures(seconds)
}

class Load {
  readonly #requests: readonly Buffer[]
  readonly #latencies: number[] = []
  #sent = 0
  #failed = 0

  constructor(requests: readonly Buffer[]) {
    this.#requests = requests
  }

  async flatOut(connection: HttpConnection, until: number): Promise<void> {
    while (performance.now() < until) await this.#one(connection, performance.now())
  }

  /** Requests that are due while no connection is free wait, and their waiting counts. */
  async paced(connections: readonly HttpConnection[], { until, rate }: { readonly until: number; readonly rate: number }): Promise<void> {
    const idle = [...connections]
    const due: number[] = []
    const started = performance.now()
    const begin = (): void => {
      while (due.length > 0 && idle.length > 0) {
        const connection = idle.pop() as HttpConnection
        void this.#one(connection, due.shift() as number).then(() => {
          idle.push(connection)
          begin()
        })
      }
    }
    for (let made = 0; performance.now() < until; await turn()) {
      for (const wanted = ((performance.now() - started) / 1000) * rate; made < wanted; made++) due.push(started + (made * 1000) / rate)
      begin()
    }
    while (idle.length < connections.length) await turn()
  }

  async #one(connection: HttpConnection, due: number): Promise<void> {
    const status = await connection.send(this.#requests[this.#sent++ % this.#requests.length])
    this.#latencies.push(performance.now() - due)
    if (status !== 200) this.#failed++
  }

  figures(seconds: number): LoadFigures {
    const sorted = Float64Array.from(this.#latencies).sort()
    const at = (share: number): number => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] * 1000) / 1000
    return {
      requests: sorted.length,
      requestsPerSecond: Math.round(sorted.length / seconds),
      failed: this.#failed,
      p50: at(0.5),
      p99: at(0.99),
      max: at(1),
    }
  }
}

/**
 * A millisecond of sleep: a loop that spins would take a core from the server that it measures. What is due meanwhile is sent that much
 * late, and its latency counts from when it was due.
 */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1))
}
