/** A project with one stream that takes requests: seven columns of several types, partitioned by a key. */
export const PUSH_PROJECT: Readonly<Record<string, string>> = {
  'package.json': '{"type":"module","private":true}\n',
  'millrace.config.ts': "import { defineProject } from 'millrace'\nexport default defineProject({ name: 'ingest' })\n",
  'events.ts': `import { contract, httpPush, stream, t } from 'millrace'
export const Event = contract('bench.event', {
  eventTime: 'at1', key: 'device',
  fields: { at1: t.timestamp(), device: t.string(), kind1: t.string(), number1: t.int64(), level: t.int32({ min: 0 }),
    reading: t.double({ nullable: true }), note: t.string({ nullable: true }) },
})
export const events = stream('events', { contract: Event, from: httpPush({ limits: { requestsPerSecondMax: 100_000 } }),
  watermark: { delay: '10s' }, late: 'keep' })
`,
}

const START = Date.UTC(2026, 0, 1)
const DEVICES = 5_000
const KINDS = ['temperature', 'pressure', 'vibration', 'current']

/** Record `i`; about 150 bytes as JSON. */
function record(i: number) {
  return {
    at1: new Date(START + i * 5).toISOString(),
    device: `device-${(i * 7919) % DEVICES}`,
    kind1: KINDS[i % KINDS.length],
    number1: i,
    level: i % 100,
    reading: (i % 1000) / 8,
    note: i % 10 === 0 ? `note of record ${i}` : null,
  }
}

export type BodyKind = 'application/x-ndjson' | 'application/json' | 'text/csv'

/** A body of records `from` to `to`. */
export function pushBody(kind: BodyKind, from: number, to: number): string {
  const records = Array.from({ length: to - from }, (_, i) => record(from + i))
  if (kind === 'application/json') return JSON.stringify(records)
  if (kind === 'application/x-ndjson') return records.map((one) => `${JSON.stringify(one)}\n`).join('')
  const names = Object.keys(records[0])
  return `${names.join(',')}\n${records.map((one) => `${Object.values(one).join(',')}\n`).join('')}`
}
