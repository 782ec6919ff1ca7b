interface Document {
  readonly bench: string
  readonly machine: object
  readonly cases: readonly object[]
}

/** A benchmark's document as lines of text: one line per figure, its path in front. */
export function benchText(document: Document): string {
  return `${lines(document, '').join('\n')}\n`
}

function lines(value: unknown, path: string): string[] {
  if (typeof value !== 'object' || value === null)
    return [`${path.padEnd(40)} ${typeof value === 'number' ? value.toLocaleString('en-US') : String(value)}`]
  return Object.entries(value).flatMap(([key, part]) => lines(part, path === '' ? key : `${path}.${key}`))
}
