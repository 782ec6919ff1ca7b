import { operatingError } from '@millrace/core'
import type { App, AppContext } from '../http/app.ts'
import { EVENT_CLIENTS_MAX } from '../live/event-feed.ts'

const SUMMARY =
  'Server-sent events: `state` (WatchState) once, then `change` (StateChange) at most four times a second and `beat` twice a second'

export function addEventRoute(app: App, { feed }: AppContext): void {
  app.get('/api/events', { schema: { summary: SUMMARY, produces: ['text/event-stream'] } }, async (_request, reply) => {
    if (feed.isFull) {
      throw operatingError('server/too-many-readers', `${EVENT_CLIENTS_MAX} browsers follow the events already.`, {
        found: EVENT_CLIENTS_MAX,
        do: 'Close one of them, or ask GET /api/state.',
      })
    }
    const headers = reply.getHeaders() as Record<string, string>
    reply.hijack()
    reply.raw.writeHead(200, { ...headers, 'content-type': 'text/event-stream', 'cache-control': 'no-store', 'x-accel-buffering': 'no' })
    feed.attach(reply.raw)
  })
}
