import { userError } from '@millrace/core'
import Type from 'typebox'
import type { App, AppContext } from '../http/app.ts'
import { AlertList } from '../schema/alert.ts'
import { ref } from '../schema/scalar.ts'

export const ALERTS_MAX = 1000
const ALERTS_DEFAULT = 200

const When = Type.Optional(Type.String({ description: 'ISO 8601, or epoch milliseconds' }))
const Query = Type.Object(
  { asset: Type.Optional(Type.String()), from: When, to: When, limit: Type.Optional(Type.Integer({ minimum: 1, maximum: ALERTS_MAX })) },
  { additionalProperties: false },
)
const RunbookParams = Type.Object({ asset: Type.String() })

export function addAlertRoutes(app: App, { alerts }: AppContext): void {
  app.get(
    '/api/alerts',
    { schema: { summary: 'Alerts whose window ends in [from, to), latest first', querystring: Query, response: { 200: ref(AlertList) } } },
    async ({ query }) => {
      const limit = query.limit ?? ALERTS_DEFAULT
      const found = await alerts.alerts({
        asset: query.asset,
        from: instantOf('from', query.from),
        to: instantOf('to', query.to),
        alertsMax: limit + 1,
      })
      return { alerts: found.slice(0, limit), truncated: found.length > limit }
    },
  )
  app.get(
    '/api/runbooks/:asset',
    { schema: { summary: 'Runbook of an alert asset, as text', params: RunbookParams, produces: ['text/plain'] } },
    async ({ params }, reply) => {
      const text = await alerts.runbook(params.asset)
      if (text === undefined) {
        throw userError('alert/no-runbook', `\`${params.asset}\` has no runbook among the project's files.`, {
          asked: params.asset,
          do: 'Declare `runbook` on the alert, as a path from the project.',
        })
      }
      return reply.type('text/plain; charset=utf-8').send(text)
    },
  )
}

function instantOf(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const instant = /^-?\d+$/.test(text) ? Number(text) : Date.parse(text)
  if (Number.isFinite(instant)) return instant
  throw userError('request/not-an-instant', `\`${name}\` is no time: "${text}".`, {
    asked: text,
    do: 'Write ISO 8601 in UTC, such as 2026-03-02T10:00:00Z, or epoch milliseconds.',
  })
}
