import { textConstant } from './identifier.ts'
import { bind, compound, type Scope } from './printed.ts'

/** Numbers in the order of their size that something is looked up in. */
export interface PackedKeys {
  readonly keys: readonly number[]
  /** SQL of the whole number that is looked up. */
  readonly of: string
}

const DAY_MS = 86_400_000
/** Behind all keys. */
const BEYOND = 9_000_000_000_000_000

/**
 * How many of the keys are no greater than a number. Keys lie days apart: time is cut into pieces that hold no more than one of them, and a text
 * tells for each piece how many keys are before it. As a tree of CASE, some hundreds of keys take Flink minutes to compile.
 */
export function countedKeys(scope: Scope, { keys, of }: PackedKeys): string {
  if (keys.length === 0) return '0'
  const piece = Math.min(...keys.slice(1).map((key, i) => key - keys[i]), 365 * DAY_MS)
  const begin = keys[0] - piece
  const pieces = Math.floor((keys[keys.length - 1] - begin) / piece) + 1
  const before = packed(Array.from({ length: pieces + 1 }, (_, i) => keys.filter((key) => key <= begin + i * piece).length))
  return bind(scope, [compound(of, 'int64')], (x) => {
    const place = `LEAST(GREATEST((${x} - (${begin})) / ${piece}, CAST(0 AS BIGINT)), CAST(${pieces} AS BIGINT))`
    return bind(scope, [compound(elementAt(before, place), 'int64')], (n) => {
      const next = elementAt(packed([...keys, BEYOND]), n)
      return `(${n} + CASE WHEN ${x} >= ${next} THEN 1 ELSE 0 END)`
    })
  })
}

/** Whole numbers in one text, all of the same length. */
interface PackedNumbers {
  readonly text: string
  readonly width: number
}

export function packed(numbers: readonly number[]): PackedNumbers {
  const width = Math.max(...numbers.map((number) => String(number).length))
  return { text: numbers.map((number) => String(number).padStart(width)).join(''), width }
}

/** The number at a place, from 0 on, as BIGINT. */
export function elementAt({ text, width }: PackedNumbers, place: string): string {
  return `CAST(TRIM(SUBSTRING(${textConstant(text)}, CAST(${place} AS INT) * ${width} + 1, ${width})) AS BIGINT)`
}
