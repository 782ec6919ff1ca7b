import { bugError, type Expr } from '@millrace/core'
/** A name as SQL writes it, always quoted. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

const CONTROL = /([\x00-\x1f])/

/** Text as an SQL string constant on one line: control characters are written as `chr(10)`. */
export function textConstant(text: string): string {
  const parts = text
    .split(CONTROL)
    .map((part, i) => (i % 2 === 1 ? `chr(${part.charCodeAt(0)})` : `'${part.replaceAll("'", "''")}'`))
    .filter((part, i) => part !== "''" || i === 0)
  return parts.length === 1 ? parts[0] : `(${parts.join(' || ')})`
}

/** The text of an argument that the plan's checks made sure is a literal. */
export function literalText(expr: Expr): string {
  if ('lit' in expr && expr.lit !== null) return expr.lit
  throw bugError('engine/not-a-literal', 'An argument is not a literal, although the plan was checked.', { asked: expr })
}
