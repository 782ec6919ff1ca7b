import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Chance } from './chance.ts'
import type { Clock } from './clock.ts'
import { openLogFile } from './log-file.ts'
import { logLine } from './log-line.ts'
import { type Answer, shopFront } from './shop-front.ts'

export interface ShopOptions {
  /** 0 for any free port. */
  readonly port: number
  readonly host?: string
  /** Access log in Combined Log Format, appended to. */
  readonly logFile: string
  readonly clock: Clock
  /** Decides which pages fail now and then, 1 when absent. */
  readonly seed?: number
  /** Whether `POST /-/clock` from this machine with epoch ms as its body sets the clock forward; it is not logged. */
  readonly clockControl?: boolean
}

export interface Shop {
  readonly port: number
  /** Lines logged so far: one for every answered request. */
  readonly lines: () => number
  /** Takes no new connections, answers what it was asked, and resolves when every line is in the file. */
  readonly close: () => Promise<void>
}

const FORM_BYTES_MAX = 4_096
const IDLE_SOCKETS_EVERY_MS = 25
const FILLER_BYTES = 1 << 18
const IMAGE_FILLER = filler([0xff, 0xd8, 0xff, 0xe0], (i) => (Math.imul(i, 2_654_435_761) >>> 13) & 255)
const TEXT = '<li class="card"><a href="/product/1"><img src="/images/p/1-1.jpg" alt=""><b>Lamp</b></a></li>\n'
const TEXT_FILLER = filler([], (i) => TEXT.charCodeAt(i % TEXT.length))

/**
 * The shop's web server: pages, search, login, images, and an access log. It stands behind a proxy: the client's address is what
 * `X-Forwarded-For` says when the connection comes from this machine. The log carries the clock's time.
 */
export async function startShop({ port, host = '127.0.0.1', logFile, clock, seed = 1, clockControl = false }: ShopOptions): Promise<Shop> {
  const log = openLogFile(logFile)
  const answerTo = shopFront(new Chance(seed))
  let lines = 0
  const server = createServer((request, response) => {
    readForm(request, (form) => {
      if (clockControl && request.url === '/-/clock' && isLocal(request)) {
        clock.jumpTo(Number(form) || 0)
        response.end()
        return
      }
      const answer = answerTo({
        method: request.method ?? '',
        target: request.url ?? '/',
        form,
        cached: 'if-none-match' in request.headers,
      })
      const bytes = request.method === 'HEAD' ? 0 : answer.bytes
      send(response, answer, request.method === 'HEAD')
      response.once('close', () => {
        lines++
        log.write(lineOf(request, { status: answer.status, bytes, at: clock.now() }))
      })
    })
  })
  server.keepAliveTimeout = 30_000
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    lines: () => lines,
    close: async () => {
      const sweep = setInterval(() => server.closeIdleConnections(), IDLE_SOCKETS_EVERY_MS)
      await new Promise<void>((resolve) => server.close(() => resolve()))
      clearInterval(sweep)
      await log.close()
    },
  }
}

function readForm(request: IncomingMessage, take: (form: string | undefined) => void): void {
  if (request.method !== 'POST') {
    take(undefined)
    request.resume()
    return
  }
  let form = ''
  request.setEncoding('utf8')
  request.on('data', (chunk: string) => {
    if (form.length < FORM_BYTES_MAX) form += chunk
  })
  request.on('end', () => take(form))
}

function send(response: ServerResponse, { status, bytes, type, location }: Answer, bodiless: boolean): void {
  const headers: Record<string, string | number> = { 'content-type': type, etag: '"1"' }
  if (location !== undefined) headers.location = location
  if (status !== 304) headers['content-length'] = bytes
  response.writeHead(status, headers)
  if (bodiless || bytes === 0) response.end()
  else response.end((type === 'image/jpeg' ? IMAGE_FILLER : TEXT_FILLER).subarray(0, bytes))
}

function lineOf(request: IncomingMessage, answered: { readonly status: number; readonly bytes: number; readonly at: number }): string {
  const { headers, method = '-', url = '-' } = request
  return logLine({
    ...answered,
    ip: clientOf(request),
    method,
    target: url,
    referer: headers.referer ?? '-',
    agent: headers['user-agent'] ?? '-',
  })
}

function isLocal({ socket }: IncomingMessage): boolean {
  const peer = (socket.remoteAddress ?? '127.').replace('::ffff:', '')
  return peer.startsWith('127.') || peer === '::1'
}

function clientOf(request: IncomingMessage): string {
  const peer = (request.socket.remoteAddress ?? '-').replace('::ffff:', '')
  const forwarded = request.headers['x-forwarded-for']
  return isLocal(request) && typeof forwarded === 'string' && /^[\d.a-fA-F:]+$/.test(forwarded) ? forwarded : peer
}

function filler(head: readonly number[], byteAt: (i: number) => number): Buffer {
  const bytes = Buffer.alloc(FILLER_BYTES)
  for (let i = 0; i < bytes.length; i++) bytes[i] = head[i] ?? byteAt(i)
  return bytes
}
