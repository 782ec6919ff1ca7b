import type { AddressInfo } from 'node:net'
import { pageFolder } from '@millrace/console'
import { type AppOptions, type AppViews, buildApp } from './app.ts'
import { portInUse } from './port-owner.ts'

/** Time that requests in progress get to end when the server closes. */
const DRAIN_MS_MAX = 5000

export interface ServerOptions extends AppViews {
  /** Address to listen on; the default is reached from this machine only. */
  readonly host?: string
  /** 0 takes any free port. */
  readonly port: number
  /** Names under which the server may be asked besides `localhost` and addresses. */
  readonly hosts?: readonly string[]
  /** Folder of the built page. Default: the page that comes with Millrace. Null: none, `/` answers with a sentence. */
  readonly pageFolder?: string | null
  /** Told of faults that an answer hides from its caller. Default: one line on stderr. */
  readonly report?: (error: unknown) => void
}

export interface RunningServer {
  readonly url: string
  readonly port: number
  /** Says from now on that it is not ready, and goes on answering: the first thing to do on SIGTERM. */
  drain(): void
  /** Takes no new requests, ends the event streams, lets requests in progress finish (5 s at most). */
  close(): Promise<void>
}

/**
 * Starts the HTTP API and the page. Throws `server/port-in-use` (a user error) when the port is taken; the caller may go on without.
 *
 * @example
 * const server = await startServer({ port: 4600, live, alerts, registry, scoring, meters, ready })
 * process.once('SIGTERM', () => server.drain())
 * await sessionEnded
 * await server.close()
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { host = '127.0.0.1', port, report = reportOnStderr } = options
  const folder = options.pageFolder === undefined ? await ownPage(report) : options.pageFolder
  const { app, context } = await buildApp({ ...options, report, pageFolder: folder ?? undefined } satisfies AppOptions)
  const end = async (): Promise<void> => {
    context.feed.close()
    context.figures.close()
    await app.close()
  }
  try {
    await app.listen({ host, port })
  } catch (error) {
    await end()
    throw (error as NodeJS.ErrnoException).code === 'EADDRINUSE' ? await portInUse({ host, port }) : error
  }
  const bound = (app.server.address() as AddressInfo).port
  let closed: Promise<void> | undefined
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    port: bound,
    drain: () => {
      context.isDraining = true
    },
    close: () => {
      context.isDraining = true
      context.isClosing = true
      const force = setTimeout(() => app.server.closeAllConnections(), DRAIN_MS_MAX)
      closed ??= end().finally(() => clearTimeout(force))
      return closed
    },
  }
}

/** Undefined when the page cannot be built; the API does not depend on it. */
async function ownPage(report: (error: unknown) => void): Promise<string | undefined> {
  try {
    return await pageFolder()
  } catch (error) {
    report(error)
    return undefined
  }
}

function reportOnStderr(error: unknown): void {
  process.stderr.write(`millrace: the server met a fault: ${error instanceof Error ? (error.stack ?? error.message) : error}\n`)
}
