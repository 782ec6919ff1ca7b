import { bugError } from '@millrace/core'
import { type AppViews, buildApp } from './app.ts'

function unasked(): never {
  throw bugError('server/describing', 'A route ran while the API was only being described.')
}

/** Enough to add the routes; none of them runs. */
const UNASKED: AppViews = {
  live: { snapshot: unasked, subscribe: () => () => {} },
  alerts: { alerts: unasked, runbook: unasked },
  registry: { models: unasked, model: unasked },
  scoring: { model: unasked, names: unasked, score: unasked, latest: unasked },
  meters: { snapshot: unasked },
  ready: { reasons: unasked },
  ingest: { bodyBytesMax: 1, push: unasked },
}

/** The API as an OpenAPI 3.1 document, made from the routes' schemas. */
export async function openApiDocument(): Promise<Record<string, unknown>> {
  const { app, context } = await buildApp({ ...UNASKED, report: unasked })
  await app.ready()
  const document = app.swagger() as unknown as Record<string, unknown>
  context.feed.close()
  context.figures.close()
  await app.close()
  return document
}
