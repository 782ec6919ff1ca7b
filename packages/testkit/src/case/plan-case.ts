import { type CheckedPlan, checkPlan, type Plan, type StampedRow } from '@millrace/core'
import { type InputLine, stampRows } from '@millrace/reference'
import { decodeRow } from './decode-row.ts'

/** A line of the input of `plan-run`: a row, or the end of a split. */
export interface PlanRunLine {
  /** May be left out when the plan has one source. */
  readonly source?: string
  /** From 0, which is the default. */
  readonly split?: number
  readonly row?: Readonly<Record<string, unknown>>
  readonly end?: true
  /** The row's stamp in place of the computed one, epoch ms or ISO 8601. */
  readonly watermark?: number | string
}

/** A plan with its input, as `plan-run` takes them; plain data, so that it can be written down and replayed. */
export interface PlanCase {
  readonly plan: Plan
  readonly lines: readonly PlanRunLine[]
}

/** A case made ready for runners. */
export interface PreparedCase {
  readonly plan: CheckedPlan
  readonly rows: readonly StampedRow[]
  /** Places of the lines that are dead letters. */
  readonly deadLetters: readonly number[]
}

/** Checks the plan, decodes the lines and stamps the rows. Throws the user errors of `checkPlan` and `stampRows`. */
export function prepareCase(planCase: PlanCase): PreparedCase {
  const plan = checkPlan(planCase.plan)
  const decoded = planCase.lines.map((line) => decodeLine(plan, line))
  const deadLetters = decoded.flatMap((line, i) => (line.kind === 'dead-letter' ? [i] : []))
  return { plan, rows: stampRows(plan.plan.sources, decoded), deadLetters }
}

function decodeLine(plan: CheckedPlan, line: PlanRunLine): InputLine {
  const source = plan.sources.get(line.source ?? plan.plan.sources[0].name) ?? plan.plan.sources[0]
  const place = { source: source.name, split: String(line.split ?? 0) }
  if (line.end === true) return { kind: 'end', ...place }
  const values = decodeRow(source, line.row ?? {})
  if (values === undefined) return { kind: 'dead-letter', ...place }
  const watermark = typeof line.watermark === 'string' ? Date.parse(line.watermark) : line.watermark
  return { kind: 'row', ...place, values, watermark }
}

/** The lines as the text of an input file of `plan-run`. */
export function linesText(lines: readonly PlanRunLine[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('')
}
