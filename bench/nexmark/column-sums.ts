import type { Field } from '@millrace/columnar'
import type { Value } from '@millrace/core'

/**
 * What two engines' answers are compared by: the number of rows, and for each column the sum of its integers, of its times in epoch ms, or of its texts' lengths in
 * characters. No order of rows shows in it, and none that was taken back.
 */
export class ColumnSums {
  readonly #fields: readonly Field[]
  readonly #sums: bigint[]
  rows = 0

  constructor(fields: readonly Field[]) {
    this.#fields = fields
    this.#sums = fields.map(() => 0n)
  }

  /** `times`: −1 takes a row back. */
  add(values: readonly Value[], times: 1 | -1): void {
    this.rows += times
    for (const [i, value] of values.entries()) this.#sums[i] += BigInt(times) * measure(value)
  }

  /** By column; doubles have none. */
  get sums(): Readonly<Record<string, string>> {
    const told = this.#fields.flatMap(({ name, type }, i) => (type === 'double' ? [] : [[name, String(this.#sums[i])] as const]))
    return { ...Object.fromEntries(told), _rows: String(this.rows) }
  }
}

function measure(value: Value): bigint {
  if (typeof value === 'string') return BigInt([...value].length)
  return typeof value === 'bigint' || Number.isInteger(value) ? BigInt(value as number) : 0n
}

/** SQL that gives the same of a query on Flink: one row, in the order of the fields, then the rows. */
export function sumsText(sql: string, fields: readonly Field[]): string {
  const column = ({ name, type }: Field): string => {
    const value = `\`${name}\``
    if (type === 'string') return `COALESCE(SUM(CAST(CHAR_LENGTH(${value}) AS BIGINT)), 0)`
    return type === 'timestamp'
      ? `COALESCE(SUM(EXTRACT(EPOCH FROM ${value}) * 1000 + EXTRACT(MILLISECOND FROM ${value})), 0)`
      : `COALESCE(SUM(${value}), 0)`
  }
  return `SELECT ${[...fields.map(column), 'COUNT(*)'].join(', ')} FROM (${sql})`
}
