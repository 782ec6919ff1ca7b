import type { CheckedNode, CheckedPlan, IntervalJoinNode, JoinNode, PlanNode, WindowAggregateNode } from '@millrace/core'
import { unsupported } from '../capabilities.ts'
import { type LoweredPlan, lowerPlan, reads, type Step } from '../lower/lower-plan.ts'

/** The column whose values Flink's watermarks are about: it is one as long as a row keeps the time that its source gave it. */
export const ROWTIME = '_rowtime'

/** Stamps of a record that only the table of late rows shows. */
export const LATE_STAMPS = ['_split', '_offset', '_ingested_at', '_schema_version', '_producer', '_watermark'] as const

/** What a view's rows are: rows of windows and pairs, records of a source with their stamps, or rows said and taken back. */
export type LiveForm = 'rows' | 'records' | 'changes'

export interface LivePlan extends LoweredPlan {
  readonly form: LiveForm
  /** The steps that judged steps read, and these, with all stamps of their records; empty where nothing is judged. */
  readonly late: readonly Step[]
}

/**
 * The steps of a plan under names of their own, with the column of Flink's event time as far as it goes.
 *
 * @param prefix stands before each name: several plans share a session
 * @throws user `engine/unsupported` where rows would be kept for ever, or said again and again
 */
export function livePlan(plan: CheckedPlan, prefix: string): LivePlan {
  const lowered = lowerPlan(plan)
  const judged = lowered.steps.filter((step) => step.inputs.some(({ stamps }) => stamps !== 'none') && isTimeOperator(step.checked.node))
  const form = formOf(plan.output)
  const stamps = form === 'records' ? LATE_STAMPS : []
  const steps = renamed(lowered.steps, (step, inputs) => ({
    name: `${prefix}/${step.name}`,
    kept: [...(hasRowtime(step, inputs) ? [ROWTIME] : []), ...(step.stamps === 'none' ? [] : stamps)],
    appends: !step.checked.upsert,
  }))
  for (const step of steps.values()) checkLive(step)
  const upstream = lowered.steps.filter((step) => judged.some((one) => one === step || reads(one, step)))
  const late = renamed(upstream, (step) => ({
    name: `${prefix}/${step.name} late`,
    kept: step.stamps === 'none' ? [] : LATE_STAMPS,
    appends: step.appends,
  }))
  return {
    form,
    steps: lowered.steps.map((step) => steps.get(step.name) as Step),
    output: steps.get(lowered.output.name) as Step,
    late: upstream.map((step) => late.get(step.name) as Step),
  }
}

function formOf({ upsert, stamped }: CheckedNode): LiveForm {
  if (upsert) return 'changes'
  return stamped ? 'records' : 'rows'
}

function renamed(
  steps: readonly Step[],
  own: (step: Step, inputs: readonly Step[]) => Pick<Step, 'name' | 'kept' | 'appends'>,
): ReadonlyMap<string, Step> {
  const found = new Map<string, Step>()
  for (const step of steps) {
    const inputs = step.inputs.map((input) => found.get(input.name) as Step)
    found.set(step.name, { ...step, inputs, ...own(step, inputs) })
  }
  return found
}

/** Whether windows are Flink's own. */
function hasBounds({ window }: WindowAggregateNode): boolean {
  return window.kind !== 'all' && window.kind !== 'calendar'
}

/** Whether a node waits for time to pass, and judges whether rows are late for it. */
export function isTimeOperator(node: PlanNode): boolean {
  switch (node.kind) {
    case 'window-aggregate':
      return node.window.kind !== 'all'
    case 'join':
      return node.type !== 'lookup'
    default:
      return node.kind === 'over-aggregate' || node.kind === 'dedupe'
  }
}

function hasRowtime({ checked: { node, upsert } }: Step, inputs: readonly Step[]): boolean {
  const all = inputs.every(isInTime)
  switch (node.kind) {
    case 'scan':
      return true
    case 'project':
      return all && !node.columns.some(({ event_time }) => event_time === true)
    case 'window-aggregate':
      return all && hasBounds(node)
    case 'join':
      return all && (node.type === 'as-of' || rowtimeSide(node) !== undefined)
    case 'latest':
      return false
    case 'top-n':
      return all && !upsert
    default:
      return all
  }
}

/** The side of an interval join whose time is that of each pair. */
export function rowtimeSide(node: JoinNode): 'left' | 'right' | undefined {
  if (node.type !== 'interval' || !isBounded(node)) return undefined
  if (node.upper_ms <= 0) return 'left'
  return node.lower_ms >= 0 && node.how !== 'left' ? 'right' : undefined
}

export function isInTime({ kept }: Step): boolean {
  return kept?.includes(ROWTIME) === true
}

/** Days that a length of time may have: Flink takes three digits of them. */
const INTERVAL_DAYS_MAX = 999
const INTERVAL_MS_MAX = (INTERVAL_DAYS_MAX + 1) * 86_400_000 - 1

/** Whether Flink's intervals hold a length of time, in ms. */
export function isInterval(ms: number): boolean {
  return Math.abs(ms) <= INTERVAL_MS_MAX
}

/** Whether rows of a join are forgotten once their partners are past; those of a join of greater bounds are kept for ever. */
export function isBounded({ lower_ms, upper_ms }: IntervalJoinNode): boolean {
  return isInterval(lower_ms) && isInterval(upper_ms)
}

function checkLive({ checked: { node, source, upsert }, inputs }: Step): void {
  const refuse = (what: string): Error => unsupported(`${what} over a stream without end`, `node \`${node.id}\``)
  switch (node.kind) {
    case 'scan':
      if (typeof source?.late === 'object') throw refuse('corrections (`revise`)')
      return
    case 'window-aggregate':
      if (node.window.kind !== 'all') checkWindow(node, inputs, refuse)
      return
    case 'join':
      if (node.type === 'lookup') throw refuse(`a join of type ${node.type}`)
      if (!inputs.every(isInTime)) throw refuse('a join by another time than that of the source')
      if (node.type === 'interval' && node.how === 'left' && !isBounded(node))
        throw refuse(`a left join over more than ${INTERVAL_DAYS_MAX} days`)
      return
    case 'top-n':
      if (!upsert && !inputs.every(isInTime)) throw refuse('a top-n by another time than that of the source')
      return
    case 'over-aggregate':
    case 'dedupe':
      if (!inputs.every(isInTime)) throw refuse(`node ${node.kind} by another time than that of the source`)
      if (!isInterval(node.kind === 'dedupe' ? node.horizon_ms : node.range_ms))
        throw refuse(`node ${node.kind} over more than ${INTERVAL_DAYS_MAX} days`)
      return
    default:
  }
}

function checkWindow({ window, keys }: WindowAggregateNode, inputs: readonly Step[], refuse: (what: string) => Error): void {
  if (window.kind === 'calendar') throw refuse('a calendar window')
  if (window.kind === 'session' && keys.length > 1 && keys.some((name) => typeOf(inputs[0], name) === 'bytes'))
    throw refuse('a session by several keys of which one is bytes')
  if ('early_ms' in window) throw refuse('an early result')
  if (!inputs.every(isInTime)) throw refuse('a window over another time than that of the source')
}

function typeOf({ checked }: Step, name: string): string | undefined {
  return checked.fields.find((field) => field.name === name)?.type
}
