import type { App, AppContext } from '../http/app.ts'

export function addMetricsRoute(app: App, { metrics }: AppContext): void {
  app.get('/metrics', { schema: { summary: "Figures in Prometheus' format", produces: ['text/plain'] } }, async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.text()),
  )
}
