/** A whole number of a metadata file: a bigint only where a double cannot hold it (other writers' snapshot ids exceed 2^53). */
export type Whole = number | bigint

interface JsonWithSource {
  parse(text: string, reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown): unknown
  rawJSON(text: string): unknown
}

const INTEGER = /^-?\d+$/
// Reading and writing a number's own text is part of the runtime, though not yet of the language's type library.
const json = JSON as unknown as JsonWithSource

/** As JSON.parse, but integers that a double cannot hold become bigints. */
export function parseJson(text: string): unknown {
  return json.parse(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined && !Number.isSafeInteger(value) && INTEGER.test(source) ? BigInt(source) : value,
  )
}

/** As JSON.stringify, with bigints written as plain numbers. */
export function printJson(value: unknown): string {
  return JSON.stringify(value, (_key, part) => (typeof part === 'bigint' ? json.rawJSON(part.toString()) : part))
}
