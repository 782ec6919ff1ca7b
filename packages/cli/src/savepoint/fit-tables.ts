import type { Lake, SchemaStep } from '@millrace/lake'
import type { TableSpec } from '../pipeline/table-spec.ts'

/**
 * Brings the tables of a namespace to the columns that rows to come have: columns that are gone are dropped, further ones added, all without
 * touching a data file. Rows from before have null in them, so they may be null whatever the view says.
 */
export async function fitTables(lake: Lake, namespace: string, specs: readonly TableSpec[]): Promise<void> {
  const there = new Set(await lake.tables(namespace))
  for (const { name: table, fields } of specs) {
    if (!there.has(table)) continue
    const { columns } = await lake.describe({ namespace, table })
    const names = columns.map(({ name }) => name)
    const drops = names
      .filter((name) => fields.every((field) => field.name !== name))
      .map((column): SchemaStep => ({ kind: 'drop', column }))
    const adds = fields.flatMap((field, place): SchemaStep[] =>
      names.includes(field.name)
        ? []
        : [{ kind: 'add', field: { ...field, nullable: true }, after: place === 0 ? null : fields[place - 1].name }],
    )
    if (drops.length + adds.length > 0) await lake.evolve({ namespace, table }, { steps: [...drops, ...adds] })
  }
}
