import Type from 'typebox'
import type { App, AppContext } from '../http/app.ts'

const LiveAnswer = Type.Object({ live: Type.Boolean(), project: Type.String(), pid: Type.Integer() })
const ReadyAnswer = Type.Object({ ready: Type.Boolean(), reasons: Type.Array(Type.String()) })

/** For those who restart the process (`live`) and those who send it work (`ready`). */
export function addHealthRoutes(app: App, context: AppContext): void {
  app.get('/health/live', { schema: { summary: 'The process answers', response: { 200: LiveAnswer } } }, async () => ({
    live: true,
    project: context.live.snapshot().project,
    pid: process.pid,
  }))
  app.get(
    '/health/ready',
    { schema: { summary: 'The session can be relied on', response: { 200: ReadyAnswer, 503: ReadyAnswer } } },
    async (_request, reply) => {
      const reasons = [...(context.isDraining ? ['The server is ending.'] : []), ...context.ready.reasons()]
      return reply.code(reasons.length === 0 ? 200 : 503).send({ ready: reasons.length === 0, reasons })
    },
  )
}
