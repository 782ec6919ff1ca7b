import { userError } from '../../error/index.ts'
import type { NamedType } from '../joined-asset.ts'
import type { Columns } from '../relation.ts'

/** Names and types of computed columns, in order. */
export function columnTypes(columns: Readonly<Record<string, { readonly type: string }>>): readonly NamedType[] {
  return Object.entries(columns).map(([name, { type }]) => ({ name, type }))
}

/** The columns that the names stand for; refuses others with `project/unknown-column`. */
export function pickColumns(row: Columns, names: readonly string[]): readonly NamedType[] {
  return names.map((name) => ({ name, type: row[name].type }))
}

/** Refuses columns of one name with `project/duplicate-column`. */
export function refuseDuplicates(columns: readonly NamedType[], what: string): void {
  const names = columns.map(({ name }) => name)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice === undefined) return
  throw userError('project/duplicate-column', `Column \`${twice}\` occurs twice in ${what}.`, {
    asked: twice,
    found: names,
    do: 'Give one of them another name.',
  })
}
