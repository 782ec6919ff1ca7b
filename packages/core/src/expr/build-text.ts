import { computed } from './computed.ts'
import type { Typed } from './typed.ts'

type Text = Typed<'string'>
type Condition = Typed<'boolean'>

/** Whether the text is as the pattern says: `%` is any text, `_` one character; there is no escape. */
export function like(text: Text, pattern: Text | string): Condition {
  return computed('like', [text, pattern], 'string')
}

/** Whether the pattern occurs in the text. Patterns outside the common subset are refused with a reason. */
export function regexMatch(text: Text, pattern: string): Condition {
  return computed('regex_match', [text, pattern], 'string')
}

/** What a group of the pattern's first occurrence matched, group 0 all of it; null where there is none. */
export function regexExtract(text: Text, pattern: string, group = 0): Text {
  return computed('regex_extract', [text, pattern, int32(group)], 'string')
}

/** MD5 of the UTF-8 bytes, in hex. */
export function md5(text: Text): Text {
  return computed('md5', [text], 'string')
}

/** SHA-256 of the UTF-8 bytes, in hex. */
export function sha256(text: Text): Text {
  return computed('sha256', [text], 'string')
}

/** The time `count` units later; months and years go to the last day of the month at most. */
export function timeAdd(
  time: Typed<'timestamp'>,
  count: Typed<'int32' | 'int64'> | number,
  unit: 'second' | 'minute' | 'hour' | 'day' | 'week' | 'month' | 'year',
): Typed<'timestamp'> {
  return computed('time_add', [time, typeof count === 'number' ? int32(count) : count, unit], 'string')
}

/** The text at a path of `$`, `.name` and `[n]`; null where nothing stands. @example kind: jsonPath(r.body, '$.order.kind') */
export function jsonPath(json: Typed<'json'>, path: string): Text {
  return computed('json_path', [json, path], 'string')
}

function int32(value: number): Typed<'int32'> {
  return { expr: { lit: String(value), type: 'int32' }, type: 'int32' }
}
