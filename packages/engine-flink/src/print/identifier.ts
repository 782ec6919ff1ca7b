import { bugError, type Expr } from '@millrace/core'

/** A name as Flink SQL writes it, always quoted. */
export function identifier(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``
}

const CONTROL = /[\x00-\x1f\x7f]/

/** Text as an SQL string constant on one line: control characters are written as their code points. */
export function textConstant(text: string): string {
  const quoted = text.replaceAll("'", "''")
  if (!CONTROL.test(text)) return `'${quoted}'`
  const escaped = quoted
    .replaceAll('\\', '\\\\')
    .replace(/[\x00-\x1f\x7f]/g, (char) => `\\${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
  return `U&'${escaped}'`
}

/** The text of an argument that the plan's checks made sure is a literal. */
export function literalText(expr: Expr): string {
  if ('lit' in expr && expr.lit !== null) return expr.lit
  throw bugError('engine/not-a-literal', 'An argument is not a literal, although the plan was checked.', { asked: expr })
}
