import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

type Answer = (request: IncomingMessage, url: URL, response: ServerResponse) => void

/** A real HTTP server on the loopback whose answers a test gives. */
export class PageServer {
  readonly url: string
  /** Paths with their queries, in the order of requests. */
  readonly asked: string[] = []
  readonly close: () => Promise<void>

  private constructor(url: string, close: () => Promise<void>) {
    this.url = url
    this.close = close
  }

  static async start(answer: Answer): Promise<PageServer> {
    const server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', 'http://localhost')
      page.asked.push(url.pathname + url.search)
      answer(request, url, response)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const close = (): Promise<void> =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      })
    const page = new PageServer(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, close)
    return page
  }
}

/** Answers JSON with status 200. */
export function answerJson(response: ServerResponse, value: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value))
}
