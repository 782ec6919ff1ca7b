import { AGGREGATES, type AggregateSpec, CASTS, FUNCTIONS } from '@millrace/core'

/** `docs/reference/functions.md`, from the function and aggregate tables. */
export function functionsPage(): string {
  const functions = [...FUNCTIONS.values()].map((spec) => {
    const args = spec.example.args.map((arg) => (arg.lit === null ? 'null' : JSON.stringify(arg.lit))).join(', ')
    return `| \`${spec.name}\` | \`${spec.signature}\` | ${spec.nulls} | \`${spec.name}(${args})\` = \`${JSON.stringify(spec.example.result)}\` |`
  })
  const aggregates = [...AGGREGATES.values()].map(
    (spec) =>
      `| \`${spec.name}\` | \`${spec.signature}\` | ${spec.nulls} | ${optionsOf(spec)} | ${spec.undoable} | ${spec.tolerance ?? 'exact'} |`,
  )
  const casts = Object.entries(CASTS).map(([from, to]) => `| ${from} | ${to.join(', ')} |`)
  return `# Functions and aggregates

This page is made from the tables that type checking and the tests use (\`npm run generate\`).

## Functions

| function | form | null | example |
|---|---|---|---|
${functions.join('\n')}

Units of time functions: second, minute, hour, day, week (ISO, from Monday), month, year; in UTC.
Text is compared by its UTF-8 bytes. Results that are not a number (NaN), infinite or −0 become null, null and 0.

Integers beside decimals are decimals. A sum's operands are brought to its type first; a quotient of decimals is \`div\` within a cast to a decimal.

Patterns are characters, \`.\` (no newline), classes, \`\\d \\w \\s\` and their opposites (ASCII), groups, alternatives, \`^\` and \`$\` (of the whole text),
and \`* + ? {n} {n,} {n,m}\`, lazy too. Everything else is refused with a reason.

## Casts

\`{"cast": value, "to": type}\` gives null where the value has none in the other type.

| from | to |
|---|---|
${casts.join('\n')}

- Text becomes an integer where it is \`-?(0|[1-9][0-9]*)\`, a decimal where digits may follow a point, a double where it is a JSON number, a boolean where
  it is \`true\` or \`false\`, a timestamp where it is ISO 8601 with a zone, a date where it is \`YYYY-MM-DD\`.
- Doubles and decimals lose what is behind the point when they become integers. Decimals are rounded half away from zero, doubles by their
  shortest decimal.
- Timestamps are epoch milliseconds as int64, the day in UTC as date, ISO 8601 with milliseconds and \`Z\` as text.

## Aggregates

Each takes \`where\`, a condition: only rows for which it is true are seen. \`order_by\` names columns, each with \`asc\` or \`desc\`; null is the least value.
\`max\` is the most values that are kept.

| aggregate | form | null | takes | a row can be taken out again | engines agree |
|---|---|---|---|---|---|
${aggregates.join('\n')}
`
}

function optionsOf({ ordered, limited }: AggregateSpec): string {
  return [...(ordered ? ['`order_by`'] : []), ...(limited ? ['`max`'] : [])].join(', ')
}
