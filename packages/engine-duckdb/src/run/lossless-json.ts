type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown

/** `JSON.rawJSON` and the reviver's source text, which the compiler's library does not declare yet. */
const { parse, rawJSON } = JSON as unknown as {
  readonly parse: (text: string, reviver: Reviver) => unknown
  readonly rawJSON: (text: string) => unknown
}

/** Parses JSON so that numbers a double cannot hold survive `JSON.stringify` unchanged. */
export function parseLossless(text: string): unknown {
  return parse(text, (_key, value, context) =>
    typeof value === 'number' && !Number.isSafeInteger(value) ? rawJSON(context.source ?? String(value)) : value,
  )
}
