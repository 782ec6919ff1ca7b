import { fileURLToPath } from 'node:url'
import { type JsonValue, type MapFunctions, mapFunction, type Plan, userError } from '@millrace/core'

/** Rows as flows have them, and what functions make of them. */
interface Flow {
  readonly txt1: string | null
  readonly int1: number | null
  readonly boo1: boolean | null
}

/** A text of the row's number and text; at a negative number it throws. */
export function labelled({ txt1, int1 }: Flow): unknown {
  if (int1 !== null && int1 < 0) throw userError('test/refused', `${int1} is below zero`)
  return { txt3: `${txt1 ?? 'none'}:${int1 ?? 'none'}` }
}

/** Another shape for each small number, the right one for all others. */
export function shaped({ int1 }: Flow): unknown {
  const shapes: readonly unknown[] = [
    null,
    undefined,
    7,
    [{ int3: 7 }],
    {},
    { int3: undefined },
    { int3: 'seven' },
    { int3: 7.5 },
    { int3: 2 ** 31 },
    { int3: 7, more: 1 },
    Promise.resolve({ int3: 7 }),
    { int3: null },
    { int3: 7n },
    { int3: Number.NaN },
  ]
  return int1 !== null && int1 >= 0 && int1 < shapes.length ? shapes[int1] : { int3: int1 === null ? 0 : int1 + 1 }
}

/** The number as several types, the null where it is null. */
export function spread({ int1 }: Flow): unknown {
  if (int1 === null) return { num3: null, big3: null, txt3: null, boo3: null }
  return { num3: int1 === 0 ? -0 : 10 / (int1 - 1), big3: BigInt(int1) ** 5n, txt3: String(int1), boo3: int1 % 2 === 0 }
}

/** A key of a few values. */
export function grouped({ int1 }: Flow): unknown {
  return { txt1: int1 === null ? null : int1 % 2 === 0 ? 'even' : 'odd' }
}

/** A row without its flag is refused. */
export function flagged({ boo1 }: Pick<Flow, 'boo1'>): unknown {
  if (boo1 === null) throw userError('test/refused', 'no flag')
  return { boo1: !boo1, int3: boo1 ? 1 : 0 }
}

/** One more than the number; null of null. */
export function next({ int1 }: Pick<Flow, 'int1'>): unknown {
  return { int1: int1 === null ? null : int1 + 1 }
}

/** The same whatever the row. */
export function constant(): unknown {
  return { int3: 3 }
}

interface Everything {
  readonly ts1: Date
  readonly txt1: string | null
  readonly int1: number | null
  readonly big1: bigint | null
  readonly num1: number | null
  readonly boo1: boolean | null
  readonly ts2: Date | null
  readonly day1: string | null
  readonly byt1: Uint8Array | null
  readonly dec1: string | null
  readonly json1: JsonValue
  readonly list1: JsonValue
  readonly struct1: JsonValue
}

/** What it is given, of every type. */
export function same(row: Everything): unknown {
  return { ...row }
}

/** What each value looks like to the function. */
export function seen(row: Everything): unknown {
  const kind = (value: unknown): string => (value instanceof Date ? 'Date' : value instanceof Uint8Array ? 'bytes' : typeof value)
  return {
    txt3: Object.values(row).map(kind).join(),
    txt4: JSON.stringify(row.list1),
    txt5: `${row.ts1.getTime()} ${row.day1} ${row.dec1}`,
  }
}

/** Values of every type that are none, by number. */
export function odd({ int1 }: Flow): unknown {
  const given: readonly (readonly [string, unknown])[] = [
    ['big3', 2n ** 63n],
    ['big3', 2 ** 53],
    ['num3', '1'],
    ['txt3', '\ud800'],
    ['boo3', 1],
    ['ts3', new Date(Number.NaN)],
    ['ts3', new Date(8.64e15)],
    ['ts3', 0],
    ['day3', '2021-02-30'],
    ['byt3', [1, 2]],
    ['dec3', '1.234'],
    ['dec3', 1.5],
    ['list3', ['x']],
    ['json3', () => 1],
  ]
  const right = {
    big3: 1n,
    num3: 1,
    txt3: 'x',
    boo3: true,
    ts3: new Date(0),
    day3: '1970-01-02',
    byt3: new Uint8Array([1]),
    dec3: '1.23',
    list3: [1],
    json3: { a: 1 },
  }
  const wrong = int1 === null ? undefined : given[int1]
  return wrong === undefined ? right : { ...right, [wrong[0]]: wrong[1] }
}

/** Columns that `digest` gives. */
export const DIGEST_COLUMNS = [
  { name: 'map_int', type: 'int32' },
  { name: 'map_txt', type: 'string', nullable: true },
  { name: 'map_boo', type: 'boolean' },
] as const

/** Few different values for rows of any columns; some rows it refuses, either way. */
export function digest(row: Readonly<Record<string, unknown>>): unknown {
  const text = JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value))
  let hash = 7
  for (let i = 0; i < text.length; i++) hash = (hash * 31 + text.charCodeAt(i)) % 65_521
  if (hash % 11 === 0) throw userError('test/refused', `the digest is ${hash}`)
  if (hash % 13 === 0) return { map_int: hash, map_boo: true }
  return { map_int: hash % 5, map_txt: hash % 3 === 0 ? null : `t${hash % 4}`, map_boo: hash % 2 === 0 }
}

/** The functions that plans of scenarios and random graphs name. */
export const TEST_FUNCTIONS: MapFunctions = new Map(
  Object.entries({ labelled, shaped, spread, grouped, flagged, next, constant, same, seen, odd, digest }).map(([name, fn]) => [
    name,
    mapFunction(fn),
  ]),
)

/** The plan with the file that exports its functions, for those who run it elsewhere. */
export function withModules(plan: Plan): Plan {
  const module = fileURLToPath(import.meta.url)
  const nodes = plan.nodes.map((node) =>
    node.kind === 'map' ? { ...node, function: { ...node.function, module, export: node.function.name } } : node,
  )
  return { ...plan, hash: undefined, nodes }
}
