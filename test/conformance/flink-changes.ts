import { parseExact } from '../../packages/engine-flink/src/run/exact-json.ts'

/** A row of a job over several cases: the name of its case, and its values as JSON text. */
export interface Found {
  readonly case: string
  readonly row: string
}

/** What is left of records of `debezium-json` when all are added up. */
export function changesLeft(texts: readonly string[]): readonly Found[] {
  const changes = texts.map((text) => {
    const { op, before, after } = JSON.parse(text) as { readonly op: string; readonly before: Found; readonly after: Found }
    return op === 'd' ? { said: before, by: -1 } : { said: after, by: 1 }
  })
  const groups = Map.groupBy(changes, ({ said }) => JSON.stringify([said.case, said.row]))
  return [...groups.values()].flatMap((group) => Array<Found>(group.reduce((sum, { by }) => sum + by, 0)).fill(group[0].said))
}

/** The values of each case's rows. */
export function rowsByCase(found: readonly Found[]): ReadonlyMap<string, readonly unknown[][]> {
  return new Map(
    [...Map.groupBy(found, (one) => one.case)].map(([name, rows]) => [name, rows.map(({ row }) => parseExact(row) as unknown[])]),
  )
}
