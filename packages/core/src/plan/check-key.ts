import type { Field } from '@millrace/columnar'
import { userError } from '../error/index.ts'
import { typeOf } from '../expr/check-expr.ts'
import { isEquatable } from '../type/data-type.ts'

/** The field of a key column; refuses unknown columns and keys without identity. */
export function keyField(key: string, scope: { readonly fields: readonly Field[]; readonly where: string }): Field {
  typeOf({ col: key }, scope.fields, `keys of ${scope.where}`)
  const field = scope.fields.find((candidate) => candidate.name === key) as Field
  if (hasIdentity(field.type)) return field
  throw userError('plan/float-key', `The key \`${key}\` of ${scope.where} is ${field.type}, which has no dependable identity.`, {
    asked: key,
    found: field.type,
    do: 'Use an integer or text as the key.',
  })
}

/** Whether equal values of the type are known to be equal everywhere, so that they can be keys. */
export function hasIdentity(type: string): boolean {
  return type !== 'double' && isEquatable(type)
}
