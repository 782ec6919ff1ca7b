import { openApiDocument } from '@millrace/server'

const LINE_MAX = 140

/** `packages/server/openapi.json`, from the schemas of the routes. */
export async function openApiText(): Promise<string> {
  return `${jsonText(await openApiDocument(), { indent: '', before: 0 })}\n`
}

/** JSON as the formatter leaves it: objects over several lines, lists on one where they fit. `before` is what stands before on the line. */
function jsonText(value: unknown, { indent, before }: { indent: string; before: number }): string {
  const inner = `${indent}  `
  if (Array.isArray(value)) {
    const flat = value.every((item) => typeof item !== 'object' || item === null)
    const line = `[${value.map((item) => JSON.stringify(item)).join(', ')}]`
    if (flat && indent.length + before + line.length + 1 <= LINE_MAX) return line
    return `[\n${value.map((item) => `${inner}${jsonText(item, { indent: inner, before: 0 })}`).join(',\n')}\n${indent}]`
  }
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const entries = Object.entries(value).filter(([, item]) => item !== undefined)
  if (entries.length === 0) return '{}'
  const lines = entries.map(([name, item]) => {
    const label = `${JSON.stringify(name)}: `
    return `${inner}${label}${jsonText(item, { indent: inner, before: label.length })}`
  })
  return `{\n${lines.join(',\n')}\n${indent}}`
}
