import { userError } from '../error/index.ts'
import { parseType, typeText } from '../type/data-type.ts'
import { computed } from './computed.ts'
import type { IntegerName, ListName, StructName, Typed, TypeName } from './typed.ts'
import { typed } from './typed.ts'

/** The list's element of this number, from 1; null where there is none. */
export function listGet<E extends TypeName>(list: Typed<ListName<E>>, index: Typed<IntegerName> | number): Typed<E> {
  return computed('list_get', [list, index], 'int32')
}

/** A field of a struct. @example city: fieldOf(r.address, 'city') */
export function fieldOf<F extends Readonly<Record<string, { readonly type: TypeName }>>, K extends Extract<keyof F, string>>(
  struct: Typed<StructName<F>>,
  name: K,
): Typed<F[K]['type']> {
  const parsed = parseType(struct.type)
  const found = parsed?.kind === 'struct' ? parsed.fields : []
  const field = found.find((one) => one.name === name)
  if (field !== undefined) return typed({ field: name, of: struct.expr }, typeText(field.type))
  throw userError('plan/unknown-field', `Field \`${name}\` is none of ${struct.type}.`, {
    asked: name,
    found: found.map((one) => one.name),
  })
}
