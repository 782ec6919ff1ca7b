import { canonicalType } from '../type/data-type.ts'

/** Deeper, no plan is accepted. */
const DEPTH_MAX = 1_000

/** The plan with every type in its one text: `decimal(10, 2)` is `decimal(10,2)`. What is no type stays as it is, to be refused where it stands. */
export function withCanonicalTypes<T>(value: T, depth = 0): T {
  if (typeof value !== 'object' || value === null || depth > DEPTH_MAX) return value
  let changed: Record<string, unknown> | undefined
  for (const [key, inner] of Object.entries(value)) {
    const canonical =
      typeof inner === 'string' && isTypeKey(key, value) ? (canonicalType(inner) ?? inner) : withCanonicalTypes(inner, depth + 1)
    if (canonical === inner) continue
    changed ??= (Array.isArray(value) ? [...value] : { ...value }) as unknown as Record<string, unknown>
    changed[key] = canonical
  }
  return (changed ?? value) as T
}

/** Of fields, literals and model columns; of casts. */
function isTypeKey(key: string, holder: object): boolean {
  return key === 'type' || (key === 'to' && 'cast' in holder)
}
