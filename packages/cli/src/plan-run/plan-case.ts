import { type CheckedPlan, checkPlan, userError } from '@millrace/core'

/** One line of `plan-run`'s input, before its row is decoded. */
export type RawLine =
  | {
      readonly kind: 'row'
      readonly source: string
      readonly split: number
      readonly row: Readonly<Record<string, unknown>>
      readonly watermark?: unknown
    }
  | { readonly kind: 'end'; readonly source: string; readonly split: number }

/** A plan with its input. */
export interface PlanCase {
  readonly plan: CheckedPlan
  readonly lines: readonly RawLine[]
}

/** Parses a plan and its input lines. User errors name the line. */
export function planCase(plan: unknown, lines: Iterable<unknown>): PlanCase {
  const checked = checkPlan(plan)
  const parsed: RawLine[] = []
  for (const line of lines) parsed.push(rawLine(line, { plan: checked, number: parsed.length }))
  return { plan: checked, lines: parsed }
}

function rawLine(value: unknown, at: { readonly plan: CheckedPlan; readonly number: number }): RawLine {
  const refuse = (what: string, asked: unknown, found: unknown): Error =>
    userError('input/bad-line', `Input line ${at.number} ${what}.`, {
      asked,
      found,
      do: 'Write `{"source":…,"split":…,"row":{…}}` or `{"source":…,"split":…,"end":true}`.',
    })
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refuse('is no JSON object', value, 'no object')
  const { source = onlySource(at.plan), split = 0, row, end, watermark } = value as Record<string, unknown>
  if (typeof source !== 'string' || !at.plan.sources.has(source))
    throw refuse(`names source ${JSON.stringify(source) ?? 'nothing'}, which is not in the plan`, source ?? null, [
      ...at.plan.sources.keys(),
    ])
  if (!Number.isSafeInteger(split) || (split as number) < 0)
    throw refuse(`has split ${JSON.stringify(split)}`, split, 'no whole number from 0')
  const splits = at.plan.sources.get(source)?.splits
  if (splits !== undefined && (split as number) >= splits)
    throw refuse(`has split ${split}, but \`${source}\` has ${splits}`, split, splits)
  if (end === true) return { kind: 'end', source, split: split as number }
  if (typeof row !== 'object' || row === null || Array.isArray(row))
    throw refuse('has neither a `row` nor an `end`', Object.keys(value), ['row', 'end'])
  return {
    kind: 'row',
    source,
    split: split as number,
    row: row as Record<string, unknown>,
    ...(watermark === undefined || watermark === null ? {} : { watermark }),
  }
}

function onlySource(plan: CheckedPlan): string | undefined {
  return plan.sources.size === 1 ? [...plan.sources.keys()][0] : undefined
}
