import { createHash } from 'node:crypto'
import type { AlertAsset, Setting, Webhook } from '@millrace/core'
import type { AlertRecord, JsonValue, OutboxMessage } from '@millrace/store'
import { publicAlertId } from '../query/alert-record.ts'
import type { Destination } from './deliverer.ts'

/** Who is told of the alerts of a project. */
export interface AlertNotice {
  readonly destinations: readonly Destination[]
  /** Environment variables that an address or a secret is read from and that are not set: nobody is told by these. */
  readonly unset: readonly string[]
  /** What is to be sent of an alert. */
  readonly messagesOf: (alert: AlertRecord) => readonly OutboxMessage[]
}

const URL_DIGEST_CHARS = 8

type Environment = Readonly<Record<string, string | undefined>>

/** Reads the addresses of all alerts from the environment. An alert whose address is not set is recorded and shown, and not sent. */
export function alertNotice(alerts: readonly AlertAsset[], environment: Environment = process.env): AlertNotice {
  const unset = new Set<string>()
  const byAlert = new Map<string, readonly Destination[]>()
  for (const alert of alerts) {
    const destinations = alert.notify.flatMap((webhook) => destinationOf(alert.name, webhook, { environment, unset }) ?? [])
    byAlert.set(alert.name, destinations)
  }
  return {
    destinations: [...byAlert.values()].flat(),
    unset: [...unset],
    messagesOf: (alert) =>
      (byAlert.get(alert.asset) ?? []).map(({ name }) => ({
        id: alert.id,
        destination: name,
        env: alert.env,
        payload: alertPayload(alert),
      })),
  }
}

/** The text of a setting; undefined where its variable is not set or empty. */
export function settingValue(setting: Setting, environment: Environment = process.env): string | undefined {
  return (typeof setting === 'string' ? setting : environment[setting.env]) || undefined
}

/** The body that a receiver gets: an alert as `millrace alerts --json` shows it, with the id that the header has too. */
function alertPayload(alert: AlertRecord): JsonValue {
  return {
    id: publicAlertId(alert.id),
    asset: alert.asset,
    env: alert.env,
    key: alert.key,
    window_start: isoTime(alert.windowStart),
    window_end: isoTime(alert.windowEnd),
    raised_at: isoTime(alert.raisedAt),
    evidence: alert.evidence,
    usual: alert.usual ?? null,
    score: alert.score ?? null,
    threshold: alert.threshold ?? null,
    model: alert.model ?? null,
    model_version: alert.modelVersion ?? null,
    contributions: alert.contributions ?? null,
    sample_offsets: alert.sampleOffsets,
    runbook: alert.runbook ?? null,
  }
}

/** The name says where the address comes from, so that it lasts when declarations are reordered, and does not tell it. */
function destinationOf(
  alert: string,
  { url, secret }: Webhook,
  { environment, unset }: { readonly environment: Environment; readonly unset: Set<string> },
): Destination | undefined {
  const place = typeof url === 'string' ? createHash('sha256').update(url).digest('hex').slice(0, URL_DIGEST_CHARS) : url.env
  const missing = [url, secret].filter((setting) => setting !== undefined && settingValue(setting, environment) === undefined)
  for (const setting of missing) unset.add(typeof setting === 'object' ? setting.env : 'an empty text')
  if (missing.length > 0) return undefined
  return {
    name: `${alert}/${place}`,
    url: settingValue(url, environment) as string,
    secret: secret === undefined ? undefined : settingValue(secret, environment),
  }
}

function isoTime(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString()
}
