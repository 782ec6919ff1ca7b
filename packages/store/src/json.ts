import type { JsonValue } from './schema.ts'

/**
 * JSON text of a value that may hold bigint: integers are written with all their digits. U+0000 becomes U+FFFD, since PostgreSQL's
 * jsonb refuses the first.
 */
export function jsonText(value: JsonValue): string {
  return JSON.stringify(value, (_key, part: unknown) => (typeof part === 'bigint' ? rawJson(String(part)) : withoutNul(part)))
}

function withoutNul(part: unknown): unknown {
  return typeof part === 'string' && part.includes('\0') ? part.replaceAll('\0', '\uFFFD') : part
}

/** The value of JSON text; an integer that a double cannot hold becomes a bigint. */
export function parseJson(text: string): JsonValue {
  return JSON.parse(text, exactInteger as (key: string, value: unknown) => unknown) as JsonValue
}

function exactInteger(_key: string, value: unknown, context: { source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value) || context.source === undefined) return value
  return /^-?\d+$/.test(context.source) ? BigInt(context.source) : value
}

/** `JSON.rawJSON` is in Node 22 and newer but not yet in TypeScript's library. */
function rawJson(text: string): unknown {
  return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(text)
}
