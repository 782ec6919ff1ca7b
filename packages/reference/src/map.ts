import { functionOf, literalValue, type MapDeadLetter, type MapFunctions, type MapNode } from '@millrace/core'
import { type Datum, datumOf } from './datum.ts'
import type { Decimal } from './decimal.ts'
import { timestampOf } from './literal.ts'
import type { Row } from './row.ts'
import { TIMESTAMP_MAX, TIMESTAMP_MIN } from './time-function.ts'

const DAY_MS = 86_400_000

export interface MapResult {
  readonly rows: readonly Row[]
  readonly dead: readonly MapDeadLetter[]
}

/**
 * Map: each row with the columns that the function gives for it, in place of its own of the same name or behind them. Event time, stamp and
 * tie stay. A row at which the function throws, or for which it gives anything but exactly its columns with values of their types, is
 * refused.
 */
export function map(
  node: MapNode,
  rows: readonly Row[],
  scope: { readonly types: ReadonlyMap<string, string>; readonly functions: MapFunctions | undefined },
): MapResult {
  const { call } = functionOf(node.function, scope.functions)
  const mapped: Row[] = []
  const dead: MapDeadLetter[] = []
  for (const row of rows) {
    const given = Object.fromEntries(
      node.reads.map((name) => [name, givenOf(row.columns.get(name) as Datum, scope.types.get(name) as string)]),
    )
    const refuse = (reason: MapDeadLetter['reason'], message: string): void => {
      const { source = null, arrival = null } = row.stamp ?? {}
      dead.push({ node: node.id, source, arrival, reason, message, record: '' })
    }
    let result: unknown
    try {
      result = call(given as never)
    } catch (error) {
      refuse('map/threw', String(error))
      continue
    }
    const columns = columnsOf(node, result)
    if (columns === undefined) refuse('map/wrong-shape', 'another shape')
    else mapped.push({ ...row, columns: new Map([...row.columns, ...columns]) })
  }
  return { rows: mapped, dead }
}

function columnsOf({ columns }: MapNode, result: unknown): ReadonlyMap<string, Datum> | undefined {
  if (result === null || typeof result !== 'object' || Array.isArray(result) || typeof (result as { then?: unknown }).then === 'function')
    return undefined
  if (Object.keys(result).length !== columns.length) return undefined
  const taken = new Map<string, Datum>()
  for (const { name, type, nullable } of columns) {
    const value = (result as Readonly<Record<string, unknown>>)[name]
    if (value === undefined) return undefined
    const datum = value === null ? null : takenDatum(value, type)
    if (datum === undefined || (datum === null && nullable !== true)) return undefined
    taken.set(name, datum)
  }
  return taken
}

/** int64 is a bigint, times are `Date`s, dates ISO text, decimals their digits, JSON, lists and structs parsed. */
function givenOf(datum: Datum, type: string): unknown {
  if (datum === null) return null
  if (type === 'int32') return Number(datum)
  if (type === 'timestamp') return new Date(datum as number)
  if (type === 'date') return new Date((datum as number) * DAY_MS).toISOString().slice(0, 10)
  if (type.startsWith('decimal(')) return String(datum as Decimal)
  if (type === 'bytes') return Uint8Array.from(datum as Uint8Array)
  if (type !== 'json' && !type.startsWith('list<') && !type.startsWith('struct<')) return datum
  return JSON.parse(datum as string, (_, value, { source = '' } = {} as never) =>
    typeof value === 'number' && Number.isInteger(value) && BigInt(value) !== exactInteger(source) ? source : value,
  )
}

function exactInteger(text: string): bigint | undefined {
  return /^-?[0-9]+$/.test(text) && Number.isSafeInteger(Number(text)) ? BigInt(text) : undefined
}

/** The datum that a value stands for; undefined where it is none of the type. What is no number is null. */
function takenDatum(value: unknown, type: string): Datum | undefined {
  switch (type) {
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined
    case 'int32':
      return typeof value === 'number' && Number.isInteger(value) && Math.abs(value + 0.5) < 2 ** 31 ? BigInt(value) : undefined
    case 'int64':
      if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : undefined
      return typeof value === 'bigint' && BigInt.asIntN(64, value) === value ? value : undefined
    case 'double':
      if (typeof value !== 'number') return undefined
      return Number.isFinite(value) ? value + 0 : null
    case 'string':
      return typeof value === 'string' && !/\p{Surrogate}/u.test(value) ? value : undefined
    case 'bytes':
      return value instanceof Uint8Array ? Uint8Array.from(value) : undefined
    case 'timestamp':
      return value instanceof Date && value.getTime() >= TIMESTAMP_MIN && value.getTime() <= TIMESTAMP_MAX ? value.getTime() : undefined
    case 'date':
      return typeof value === 'string' ? dayOf(value) : undefined
    default:
      return literalOf(
        type.startsWith('decimal(')
          ? typeof value === 'object' || typeof value === 'number'
            ? undefined
            : String(value)
          : JSON.stringify(value),
        type,
      )
  }
}

function dayOf(text: string): number | undefined {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return undefined
  const ms = timestampOf(`${text}T00:00:00Z`)
  return new Date(ms).toISOString().startsWith(text) ? ms / DAY_MS : undefined
}

function literalOf(lit: string | undefined, type: string): Datum | undefined {
  const value = lit === undefined ? undefined : literalValue({ lit, type })
  return value === undefined ? undefined : datumOf(value, type)
}
