import { userError } from '../../error/index.ts'
import { viewColumns } from '../joined-asset.ts'
import type { Columns, Relation } from '../relation.ts'
import { type CommonViewOptions, type ViewAsset, viewAsset } from '../view-asset.ts'

/**
 * Declares a view of all rows of relations with the same columns, in the order that the first has them. Each row keeps its own source's stamp.
 *
 * @example
 * const logins = union('logins', [webLogins, appLogins])
 */
export function union<V extends Columns>(
  name: string,
  inputs: readonly [Relation<V>, ...Relation<NoInfer<V>>[]],
  options: CommonViewOptions = {},
): ViewAsset<V> {
  const [first, ...others] = inputs
  for (const other of others) checkColumns(name, first, other)
  return viewAsset(name, { inputs, operation: { kind: 'union' }, columns: viewColumns(first), options })
}

function checkColumns(name: string, first: Relation, other: Relation): void {
  const texts = (relation: Relation): readonly string[] => viewColumns(relation).map((column) => `${column.name} ${column.type}`)
  const [asked, found] = [texts(first), texts(other)]
  const only = [...found.filter((column) => !asked.includes(column)), ...asked.filter((column) => !found.includes(column))]
  if (only.length === 0) return
  throw userError(
    'project/union-columns',
    `View \`${name}\` unites \`${first.name}\` and \`${other.name}\`, which differ in ${only.join(', ')}.`,
    {
      asked,
      found,
      do: 'Give both the same columns with the same types, with a `select` where they differ.',
    },
  )
}
