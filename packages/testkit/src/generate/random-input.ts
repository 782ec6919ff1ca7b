import { type CheckedPlan, checkPlan, type Plan, type PlanNode, type PlanSource, type Value, type Window } from '@millrace/core'
import { jsonFromValue } from '../case/decode-row.ts'
import type { PlanRunLine } from '../case/plan-case.ts'
import type { Random } from './random.ts'
import { randomValue } from './random-value.ts'
import { isFixed } from './random-window.ts'

const HOUR_MS = 3_600_000
const YEAR_MS = 365 * 86_400_000
const TIME_MIN = Date.parse('0001-02-01T00:00:00.000Z')
const TIME_MAX = Date.parse('9999-12-01T00:00:00.000Z')
const EPOCHS: readonly number[] = [
  '1000-01-01',
  '1901-12-31',
  '1969-12-31',
  '1970-01-01',
  '2000-02-28',
  '2024-02-29',
  '2024-12-30',
  '9000-06-15',
  '2006-10-29',
  '2011-12-30',
  '2018-11-04',
].map((date) => Date.parse(`${date}T00:00:00.000Z`))
/** Most lines of most inputs, and of the few that are long enough for several batches. */
const LINES_MAX = 60
const LONG_LINES_MAX = 1400

/** How the input of one case is drawn. */
interface InputStyle {
  readonly random: Random
  readonly window: Window | undefined
  /** The window's step, or some time of that kind. */
  readonly stepMs: number
  readonly gapMs: number
  readonly disorderMs: number
  /** Few values per column, so that keys and values meet again. */
  readonly pools: ReadonlyMap<string, readonly Value[]>
  readonly clocks: Map<string, number>
  /** Whether some rows bring a stamp of their own. */
  readonly stampsGiven: boolean
  /** How likely a line is the end of its split. */
  readonly endShare: number
}

/** A watermark delay that makes some rows late and others not, for windows of the plan's size. */
export function randomDelay(random: Random, plan: Plan): number {
  return Math.floor(stepOf(random, plan) * random.pick([0, 0, 0.3, 1, 2, 5]))
}

/** Lines of all the plan's sources in arrival order: several splits, disorder, ties, duplicates, nulls, dead letters, ends. */
export function randomLines(random: Random, plan: Plan): PlanRunLine[] {
  const stepMs = stepOf(random, plan)
  const window = windowOf(plan)
  const checked = checkPlan(plan)
  const isLong = random.chance(0.03) && !checked.nodes.some(({ node }) => SLOW_KINDS.includes(node.kind)) && !joinsStreams(checked)
  const total = isLong ? random.int(520, LONG_LINES_MAX) : random.int(random.pick([0, 10, 20]), LINES_MAX)
  const style: InputStyle = {
    random,
    window,
    stepMs,
    stampsGiven: random.chance(0.04),
    endShare: 0.5 / (total + 1),
    gapMs: Math.floor(stepMs * random.pick([0, 0.03, 0.1, 0.3, 1, 3])) + random.int(0, 2),
    disorderMs: Math.floor(stepMs * random.pick([0, 1, 2, 4, 12])),
    pools: poolsOf(random, plan),
    clocks: new Map(),
  }
  const epoch = clamp(random.pick(EPOCHS) + random.int(-3, 3) * stepMs)
  const read = plan.sources.filter((_, place) => isRead(plan, place))
  const lines: PlanRunLine[] = []
  const ended = new Set<string>()
  for (let left = total; left > 0; left--) {
    const source = random.pick(random.chance(0.95) ? read : plan.sources)
    const split = random.int(0, (source.splits ?? 1) - 1)
    const place = `${source.name}.${split}`
    if (ended.has(place)) continue
    const at = { ...(plan.sources.length > 1 ? { source: source.name } : {}), ...(split > 0 || random.chance(0.3) ? { split } : {}) }
    if (random.chance(style.endShare)) {
      ended.add(place)
      lines.push({ ...at, end: true })
    } else {
      if (!style.clocks.has(place)) style.clocks.set(place, epoch)
      const watermark =
        style.stampsGiven && random.chance(0.3) ? clamp((style.clocks.get(place) as number) + random.int(-4, 2) * stepMs) : undefined
      lines.push({ ...at, row: randomRow(style, { source, place, earlier: lines }), ...(watermark === undefined ? {} : { watermark }) })
    }
  }
  return lines
}

function randomRow(
  style: InputStyle,
  of: { readonly source: PlanSource; readonly place: string; readonly earlier: readonly PlanRunLine[] },
): Record<string, unknown> {
  const { random } = style
  const like = of.earlier.findLast((line) => line.row !== undefined && (line.source ?? of.source.name) === of.source.name)?.row
  if (like !== undefined && random.chance(0.06)) return { ...like }
  const time =
    like !== undefined && random.chance(0.12) ? like[of.source.event_time] : (timeNear(style, of.earlier) ?? eventTime(style, of.place))
  const row: Record<string, unknown> = { [of.source.event_time]: time }
  for (const field of of.source.fields) {
    if (field.name === of.source.event_time) continue
    const isNull = field.nullable === true && random.chance(0.2)
    const drawn = random.chance(0.8)
      ? random.pick(style.pools.get(`${of.source.name}.${field.name}`) as readonly Value[])
      : randomValue(random, field.type)
    row[field.name] = isNull ? null : jsonFromValue(drawn, field.type)
  }
  return random.chance(0.03) ? spoiled(random, row, of.source) : row
}

/** Now and then a time that lies just as far from that of one of the last rows, of any source, as the plan speaks of, or a millisecond beside. */
function timeNear({ random, stepMs }: InputStyle, earlier: readonly PlanRunLine[]): number | undefined {
  const near = random.chance(0.08) ? earlier.at(-random.int(1, 4))?.row?.ts1 : undefined
  const time = typeof near === 'string' ? Date.parse(near) : near
  if (typeof time !== 'number' || Number.isNaN(time)) return undefined
  return clamp(time + stepMs * random.pick([-1, 1, 1]) + random.pick([-1, 0, 0, 1]))
}

/** A row that breaks its contract: a null where none may be, or text that is no value of the type. */
function spoiled(random: Random, row: Record<string, unknown>, source: PlanSource): Record<string, unknown> {
  const field = random.pick(source.fields)
  if (field.type !== 'string' && field.type !== 'bytes') return { ...row, [field.name]: 'no value' }
  return field.nullable === true ? { ...row, [source.event_time]: null } : { ...row, [field.name]: null }
}

/** The split's clock goes on by about a gap; the row lies at, before or behind it, often on a window's edge, rarely a year away. */
function eventTime(style: InputStyle, place: string): unknown {
  const { random, stepMs } = style
  const clock = (style.clocks.get(place) as number) + random.int(0, style.gapMs * 2)
  const jump = random.chance(0.004) ? random.pick([-YEAR_MS, YEAR_MS]) : 0
  style.clocks.set(place, clamp(clock + (random.chance(0.5) ? jump : 0)))
  const scattered = clock + jump - random.int(0, style.disorderMs)
  const offset = style.window !== undefined && isFixed(style.window) ? (style.window.offset_ms ?? 0) : 0
  const onEdge = scattered - ((scattered - offset) % stepMs) + random.int(-1, 1)
  const time = clamp(random.chance(0.15) ? onEdge : scattered)
  return random.chance(0.5) ? time : new Date(time).toISOString()
}

/** Values per column; where the plan reads both sources, those of the second are the first's of the same type, so that rows join. */
function poolsOf(random: Random, plan: Plan): ReadonlyMap<string, readonly Value[]> {
  const pools = new Map<string, readonly Value[]>()
  for (const source of plan.sources) {
    for (const { name, type } of source.fields) {
      const like =
        source !== plan.sources[0] && isRead(plan, plan.sources.indexOf(source))
          ? plan.sources[0].fields.find((field) => field.type === type)
          : undefined
      const drawn = pool(random, type, source.key?.includes(name) === true ? 2 : 5)
      pools.set(`${source.name}.${name}`, pools.get(`${plan.sources[0].name}.${like?.name}`) ?? drawn)
    }
  }
  return pools
}

/** Whether the plan scans its source at this place. */
function isRead(plan: Plan, place: number): boolean {
  return plan.nodes.some((node) => node.kind === 'scan' && node.source === plan.sources[place]?.name)
}

/** Kinds whose naive evaluation takes each row's group for each row. */
const SLOW_KINDS: readonly string[] = ['over-aggregate', 'union']

function joinsStreams({ nodes, byId }: CheckedPlan): boolean {
  return nodes.some(({ node, inputs }) => node.kind === 'join' && (node.type !== 'interval' || inputs.some((id) => byId.get(id)?.stamped)))
}

function pool(random: Random, type: string, sizeMax: number): Value[] {
  return Array.from({ length: random.int(1, sizeMax) }, () => randomValue(random, type))
}

function clamp(time: number): number {
  return Math.min(Math.max(time, TIME_MIN), TIME_MAX)
}

function windowOf(plan: Plan): Window | undefined {
  return plan.nodes.flatMap((node) => (node.kind === 'window-aggregate' ? [node.window] : [])).at(0)
}

/** Some length of time that the plan speaks of. */
function stepOf(random: Random, plan: Plan): number {
  const lengths = plan.nodes.flatMap(lengthsOf).filter((length) => length > 0)
  return lengths.length === 0 ? 1000 : random.pick(lengths)
}

function lengthsOf(node: PlanNode): readonly number[] {
  switch (node.kind) {
    case 'window-aggregate':
      return windowLengths(node.window)
    case 'over-aggregate':
      return [node.range_ms]
    case 'dedupe':
      return [node.horizon_ms]
    case 'join':
      if (node.type === 'lookup') return []
      return [node.type === 'as-of' ? (node.max_age_ms ?? 0) : Math.min(Math.max(Math.abs(node.lower_ms), Math.abs(node.upper_ms)), 60_000)]
    default:
      return []
  }
}

function windowLengths(window: Window): readonly number[] {
  switch (window.kind) {
    case 'tumbling':
      return [window.size_ms]
    case 'hopping':
      return [window.every_ms]
    case 'session':
      return [window.gap_ms]
    case 'calendar':
      return [HOUR_MS, 24 * HOUR_MS]
    case 'all':
      return []
  }
}
