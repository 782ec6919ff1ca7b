import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import { TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox'
import { type MillraceError, userError } from '@millrace/core'
import { fastify } from 'fastify'
import { EventFeed } from '../live/event-feed.ts'
import { MetricPage } from '../metrics/metric-page.ts'
import { ServerFigures } from '../metrics/server-figures.ts'
import { addAlertRoutes } from '../route/alert-route.ts'
import { addEventRoute } from '../route/event-route.ts'
import { addHealthRoutes } from '../route/health-route.ts'
import { addIngestRoute } from '../route/ingest-route.ts'
import { addMetricsRoute } from '../route/metrics-route.ts'
import { addModelRoutes } from '../route/model-route.ts'
import { addPageRoutes } from '../route/page-route.ts'
import { addScoreRoute } from '../route/score-route.ts'
import { addStateRoute } from '../route/state-route.ts'
import { Failure } from '../schema/failure.ts'
import { ref } from '../schema/scalar.ts'
import type { AlertView } from '../view/alert-view.ts'
import type { IngestView } from '../view/ingest-view.ts'
import type { LiveView } from '../view/live-view.ts'
import type { MeterView } from '../view/meter-view.ts'
import type { ModelView } from '../view/model-view.ts'
import type { ReadyView } from '../view/ready-view.ts'
import type { ScoringView } from '../view/scoring-view.ts'
import { failureAnswer } from './failure-answer.ts'
import { isOwnHost } from './host-rule.ts'
import { addOpenApi } from './open-api.ts'

const BODY_BYTES_MAX = 1024 * 1024
/** Of answers that are data; the page has its own policy. */
const SECURITY_HEADERS = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
}

/** What the server shows; the command line implements these. */
export interface AppViews {
  readonly live: LiveView
  readonly alerts: AlertView
  readonly registry: ModelView
  readonly scoring: ScoringView
  readonly meters: MeterView
  readonly ready: ReadyView
  readonly ingest: IngestView
}

export interface AppOptions extends AppViews {
  /** Names under which the server may be asked besides `localhost` and addresses. */
  readonly hosts?: readonly string[]
  /** Folder of the built page. */
  readonly pageFolder?: string
  /** Told of faults that an answer hides from its caller. */
  readonly report: (error: unknown) => void
}

/** What the routes share. */
export interface AppContext extends AppOptions {
  readonly feed: EventFeed
  readonly figures: ServerFigures
  readonly metrics: MetricPage
  /** True once the session is ending: answers go on, readiness does not. */
  isDraining: boolean
  /** True once the server takes no more connections. */
  isClosing: boolean
}

export type App = Awaited<ReturnType<typeof buildApp>>['app']

/** All routes on a Fastify instance that does not listen yet. */
export async function buildApp(options: AppOptions) {
  const app = fastify({ bodyLimit: BODY_BYTES_MAX, return503OnClosing: false, forceCloseConnections: 'idle' })
    .withTypeProvider<TypeBoxTypeProvider>()
    .setValidatorCompiler(validatorCompiler)
  app.removeContentTypeParser('text/plain')
  const figures = new ServerFigures()
  const feed = new EventFeed({ live: options.live, figures, report: options.report })
  const context: AppContext = { ...options, feed, figures, metrics: new MetricPage(options, figures), isDraining: false, isClosing: false }
  await addOpenApi(app)
  addRules(app, context)
  addHealthRoutes(app, context)
  addStateRoute(app, context)
  addEventRoute(app, context)
  addAlertRoutes(app, context)
  addModelRoutes(app, context)
  addScoreRoute(app, context)
  await addIngestRoute(app, context)
  addMetricsRoute(app, context)
  await addPageRoutes(app, context)
  return { app, context }
}

/** Refusals before a route, headers of every answer, and the form of failures. */
function addRules(app: App, context: AppContext): void {
  app.addHook('onRoute', ({ url, schema }) => {
    if (url.startsWith('/api/') && schema !== undefined)
      schema.response = { ...(schema.response ?? {}), '4xx': ref(Failure), '5xx': ref(Failure) }
  })
  const names = new Set(context.hosts ?? [])
  let accepted: string | undefined
  app.addHook('onRequest', (request, reply, done) => {
    const { host } = request.headers
    reply.headers(SECURITY_HEADERS)
    if (host !== undefined && host === accepted) return done()
    if (!isOwnHost(host, names)) return done(foreignHost(host, names))
    accepted = host
    done()
  })
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (context.isClosing) reply.header('connection', 'close')
    done()
  })
  app.addHook('onResponse', (request, reply, done) => {
    context.figures.answered(request.routeOptions.url ?? 'unknown', reply.statusCode)
    done()
  })
  app.setErrorHandler((error, _request, reply) => {
    const { status, body, isFault } = failureAnswer(error)
    if (isFault) context.report(error)
    const { retry_after_seconds: seconds } = body.error as { readonly retry_after_seconds?: unknown }
    if (typeof seconds === 'number') reply.header('retry-after', String(seconds))
    return reply.code(status).type('application/json').serializer(JSON.stringify).send(body)
  })
  app.setNotFoundHandler((request) => {
    throw userError('request/unknown-route', `There is no ${request.method} ${request.url.split('?')[0]} here.`, {
      asked: `${request.method} ${request.url.split('?')[0]}`,
      do: 'GET /openapi.json lists what there is.',
    })
  })
}

function foreignHost(asked: string | undefined, names: ReadonlySet<string>): MillraceError {
  return userError('request/foreign-host', 'The request names a host that this server does not answer for.', {
    asked: asked ?? null,
    found: ['localhost', ...names],
    do: 'Ask by localhost or by address, or name the host when starting the server.',
  })
}

/** Parameters of a path are text and need no check; everything else is checked, and a query's text converted. */
const validatorCompiler: typeof TypeBoxValidatorCompiler = (route) =>
  route.httpPart === 'params' ? (value) => ({ value }) : TypeBoxValidatorCompiler(route)
