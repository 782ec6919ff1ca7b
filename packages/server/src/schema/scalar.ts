import Type, { type Static, type TSchema } from 'typebox'

/** Text or nothing. Written with a list of types, which is serialised without trying alternatives. */
export const TextOrNull = Type.Unsafe<string | null>({ type: ['string', 'null'] })
export const NumberOrNull = Type.Unsafe<number | null>({ type: ['number', 'null'] })
export const IntegerOrNull = Type.Unsafe<number | null>({ type: ['integer', 'null'] })
export const BooleanOrNull = Type.Unsafe<boolean | null>({ type: ['boolean', 'null'] })

/** A value of a key or a feature as JSON carries it: int64 outside ±(2^53−1) and decimals are text. */
export const Scalar = Type.Unsafe<string | number | boolean | null>({ type: ['string', 'number', 'boolean', 'null'] })

export const Count = Type.Integer({ minimum: 0 })

/** ISO 8601 in UTC with milliseconds. */
export const Instant = Type.String({ description: 'ISO 8601, UTC, milliseconds, Z' })

/** A named schema where another one uses it: `$ref` in openapi.json, its own type here. */
export function ref<S extends TSchema>(schema: S): ReturnType<typeof Type.Unsafe<Static<S>>> {
  return Type.Unsafe<Static<S>>(Type.Ref(`${(schema as { $id?: string }).$id}#`))
}
