import { userError } from '../error/index.ts'
import { closest } from '../expr/closest.ts'
import { type Typed, type TypeName, typed } from '../expr/typed.ts'

/** Columns by name. */
export type Row<C extends Readonly<Record<string, Typed>>> = C

/** An object that gives a column expression for each name and refuses others with `project/unknown-column`. */
export function rowOf(columns: readonly { readonly name: string; readonly type: string }[], what: string): Readonly<Record<string, Typed>> {
  const known: Record<string, Typed> = {}
  for (const column of columns) known[column.name] = typed({ col: column.name }, column.type as TypeName)
  return new Proxy(known, {
    get(target, name) {
      if (typeof name === 'symbol' || name in target) return Reflect.get(target, name)
      throw unknownColumn(name, { found: Object.keys(target), what })
    },
  })
}

function unknownColumn(asked: string, scope: { readonly found: readonly string[]; readonly what: string }): Error {
  const near = closest(asked, scope.found)
  return userError(
    'project/unknown-column',
    `Column \`${asked}\` is not in ${scope.what}${near === undefined ? '' : `; did you mean \`${near}\`?`}`,
    {
      asked,
      found: scope.found,
      do: near === undefined ? 'Use one of the columns found.' : `Write \`${near}\`.`,
    },
  )
}
