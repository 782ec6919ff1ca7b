import { userError } from '../error/index.ts'
import { type Duration, durationMs } from '../type/duration.ts'
import { checkLimit } from './files-source.ts'

/** How values of a field are made up. `nulls` is the share of nulls among them. */
export type GeneratedField = (
  | { readonly pick: readonly (string | number | boolean)[] }
  /** Whole numbers, both ends included. */
  | { readonly integer: readonly [min: number, max: number] }
  | { readonly number: readonly [min: number, max: number] }
  /** The record's number, from this on. */
  | { readonly sequence: number }
  /** Text in which `{n}` is the record's number and `{0-99}` a whole number of that range. */
  | { readonly text: string }
) & { readonly nulls?: number }

export interface GeneratorDeclaration {
  readonly kind: 'generator'
  readonly seed: number
  readonly rate: number
  readonly startMs: number
  readonly spreadMs: number
  readonly speed: number
  readonly count: number | undefined
  readonly fields: Readonly<Record<string, GeneratedField>>
}

export interface GeneratorOptions {
  readonly seed: number
  /** Records a second. */
  readonly rate: number
  /** By field; the event time is made up by itself, other fields that are left out are null. */
  readonly fields: Readonly<Record<string, GeneratedField>>
  /** Event time of the first record, ISO 8601; `2026-01-01T00:00:00Z` when left out. */
  readonly start?: string
  /** How far event times lie behind their order at most; `0s` when left out. */
  readonly spread?: Duration
  /** Event time passes so many times as fast as the clock; 1 when left out. */
  readonly speed?: number
  /** Records after which it ends; never when left out. */
  readonly count?: number
}

const START = '2026-01-01T00:00:00Z'

/**
 * Records that are made up: the same ones for the same seed, however often it is stopped and started.
 *
 * @throws `project/bad-limit`, `project/bad-generator`, `project/bad-duration`
 * @example
 * generator({ seed: 7, rate: 100, spread: '5s', fields: { device: { text: 'device-{0-49}' }, reading: { number: [0, 100], nulls: 0.01 } } })
 */
export function generator(options: GeneratorOptions): GeneratorDeclaration {
  const { seed, rate, speed = 1, count, fields } = options
  checkLimit('rate', rate)
  checkLimit('count', count)
  const startMs = Date.parse(options.start ?? START)
  if (!Number.isSafeInteger(seed)) throw badGenerator('seed', seed, 'a whole number')
  if (Number.isNaN(startMs)) throw badGenerator('start', options.start, 'a time in ISO 8601')
  if (!(speed > 0)) throw badGenerator('speed', speed, 'a number above 0')
  for (const [name, field] of Object.entries(fields)) checkField(name, field)
  const spreadMs = durationMs(options.spread ?? '0s', 'spread of event times')
  return { kind: 'generator', seed, rate, startMs, spreadMs, speed, count, fields }
}

function checkField(name: string, field: GeneratedField): void {
  const { nulls = 0 } = field
  if (!(nulls >= 0 && nulls <= 1)) throw badGenerator(`${name}.nulls`, nulls, 'a share from 0 to 1')
  if ('pick' in field && field.pick.length === 0) throw badGenerator(`${name}.pick`, field.pick, 'at least one value')
  for (const range of ['integer' in field ? field.integer : undefined, 'number' in field ? field.number : undefined])
    if (range !== undefined && !(range[0] <= range[1])) throw badGenerator(name, range, 'a least and a greatest value')
}

function badGenerator(asked: string, found: unknown, wanted: string): Error {
  return userError('project/bad-generator', `\`${asked}\` of a generator is ${JSON.stringify(found) ?? 'missing'}; it must be ${wanted}.`, {
    asked,
    found,
    do: `Give ${wanted}.`,
  })
}
