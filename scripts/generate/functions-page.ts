import { AGGREGATES, FUNCTIONS } from '@millrace/core'

/** `docs/reference/functions.md`, from the function and aggregate tables. */
export function functionsPage(): string {
  const functions = [...FUNCTIONS.values()].map((spec) => {
    const args = spec.example.args.map((arg) => (arg.lit === null ? 'null' : JSON.stringify(arg.lit))).join(', ')
    return `| \`${spec.name}\` | \`${spec.signature}\` | ${spec.nulls} | \`${spec.name}(${args})\` = \`${JSON.stringify(spec.example.result)}\` |`
  })
  const aggregates = [...AGGREGATES.values()].map(
    (spec) => `| \`${spec.name}\` | \`${spec.signature}\` | ${spec.nulls} | ${spec.undoable} |`,
  )
  return `# Functions and aggregates

This page is made from the tables that type checking and the tests use (\`npm run generate\`).

## Functions

| function | form | null | example |
|---|---|---|---|
${functions.join('\n')}

Units of time functions: second, minute, hour, day, week (ISO, from Monday), month, year; in UTC.
Text is compared by its UTF-8 bytes. Results that are not a number (NaN), infinite or −0 become null, null and 0.

## Aggregates

Each takes \`where\`, a condition: only rows for which it is true are seen.

| aggregate | form | null | a row can be taken out again |
|---|---|---|---|
${aggregates.join('\n')}
`
}
