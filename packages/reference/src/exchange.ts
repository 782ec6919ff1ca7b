import type { Row } from './row.ts'

/** Exchange: the same rows with the same stamps; where they are computed changes no result. */
export function exchange(rows: readonly Row[]): readonly Row[] {
  return rows
}
