type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown

/** The reviver's source text, which the compiler's library does not declare yet. */
const { parse } = JSON as unknown as { readonly parse: (text: string, reviver: Reviver) => unknown }

/** Parses JSON with integers that a double cannot hold as bigints. */
export function parseExact(text: string): unknown {
  return parse(text, (_key, value, { source }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && source !== undefined && /^-?[0-9]+$/.test(source) ? BigInt(source) : value,
  )
}
