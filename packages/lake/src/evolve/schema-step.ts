import type { Field } from '@millrace/columnar'

/**
 * One change of a table's columns, or of fields of structs within them: `address.city`, and `lines.element.price` within a list. `to` of a renaming
 * and `after` are names alone. `after` names the column that comes before; null is the first place, absent the last.
 */
export type SchemaStep =
  | { readonly kind: 'add'; readonly field: Field; readonly after?: string | null }
  | { readonly kind: 'drop'; readonly column: string }
  | { readonly kind: 'rename'; readonly column: string; readonly to: string }
  | { readonly kind: 'move'; readonly column: string; readonly after: string | null }
  | { readonly kind: 'widen'; readonly column: string; readonly to: string }
  | { readonly kind: 'relax'; readonly column: string }
