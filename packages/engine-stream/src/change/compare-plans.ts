import { type CheckedNode, type CheckedPlan, canonicalJson, type PlanSource, type WindowAggregateNode } from '@millrace/core'
import { compareWindowAggregates } from './compare-aggregates.ts'
import { type Passage, type ResolvedInput, resolvedInput } from './resolved-input.ts'

/** What a changed plan means for the state of the one before. */
export interface PlanComparison {
  /** Why the new plan cannot go on with the state; none: it can. Each ends a sentence that begins with the view's name. */
  readonly refused: readonly string[]
  /** Columns of the output that only the new plan has, and only the old one. */
  readonly added: readonly string[]
  readonly removed: readonly string[]
  /** By node of the new plan that keeps state: the one of the old plan whose state it goes on with. */
  readonly nodes: ReadonlyMap<string, string>
  /** Windows of the new plan that have aggregates which the old ones had not. */
  readonly grown: ReadonlySet<string>
}

/** Compares two plans of one view, node by node from the output, by what their rows are made of. */
export function comparePlans(before: CheckedPlan, after: CheckedPlan): PlanComparison {
  const comparison = new Comparison(before, after)
  comparison.inputs(before.output.node.id, after.output.node.id)
  const [old, next] = [before.output.fields, after.output.fields]
  if (comparison.refused.length === 0) comparison.output()
  const names = (fields: typeof old): string[] => fields.map(({ name }) => name)
  return {
    refused: [...new Set(comparison.refused)],
    added: names(next).filter((name) => !names(old).includes(name)),
    removed: names(old).filter((name) => !names(next).includes(name)),
    nodes: comparison.nodes,
    grown: comparison.grown,
  }
}

const REBUILT_FIELDS: ReadonlySet<string> = new Set(['id', 'input', 'inputs', 'left', 'right'])

class Comparison {
  readonly refused: string[] = []
  readonly nodes = new Map<string, string>()
  readonly grown = new Set<string>()
  readonly #before: CheckedPlan
  readonly #after: CheckedPlan

  constructor(before: CheckedPlan, after: CheckedPlan) {
    this.#before = before
    this.#after = after
  }

  inputs(before: string, after: string): void {
    const [old, next] = [resolvedInput(this.#before, before), resolvedInput(this.#after, after)]
    for (const kind of ['filter', 'exchange', 'event time'] as const) {
      const of = (input: ResolvedInput): readonly Passage[] => input.passages.filter((one) => one.kind === kind)
      if (canonicalJson(of(old)) !== canonicalJson(of(next))) this.refused.push(`has another ${kind}`)
    }
    if (old.base.node.kind === next.base.node.kind) this.#bases(old.base, next.base)
    else this.refused.push(`reads from a ${next.base.node.kind} where it read from a ${old.base.node.kind}`)
  }

  /** Columns that both outputs have must be made of the same. */
  output(): void {
    const [old, next] = [resolvedInput(this.#before, this.#before.output.node.id), resolvedInput(this.#after, this.#after.output.node.id)]
    for (const { name, type } of this.#after.output.fields) {
      const known = this.#before.output.fields.find((field) => field.name === name)
      if (known === undefined) continue
      if (known.type !== type || canonicalJson(old.column(name)) !== canonicalJson(next.column(name)))
        this.refused.push(`computes \`${name}\` otherwise; give the new column a name of its own`)
    }
  }

  #bases(before: CheckedNode, after: CheckedNode): void {
    if (this.nodes.get(after.node.id) === before.node.id) return
    if (before.node.kind === 'scan') {
      this.refused.push(...compareSources(before.source as PlanSource, after.source as PlanSource))
      return
    }
    this.nodes.set(after.node.id, before.node.id)
    if (isTiled(before) && isTiled(after)) this.#windows(before, after)
    else this.#keptRows(before, after)
    for (const [place, input] of before.inputs.entries()) {
      const other = after.inputs[place]
      if (other !== undefined) this.inputs(input, other)
    }
  }

  #windows(before: CheckedNode, after: CheckedNode): void {
    const [old, next] = [before.node as WindowAggregateNode, after.node as WindowAggregateNode]
    const [from, to] = [resolvedInput(this.#before, old.input), resolvedInput(this.#after, next.input)]
    const keysOf = (keys: readonly string[], input: ResolvedInput): string => canonicalJson(keys.map((key) => [key, input.column(key)]))
    if (keysOf(old.keys, from) !== keysOf(next.keys, to))
      this.refused.push(`has other keys: ${namesOf(next.keys)} in place of ${namesOf(old.keys)}`)
    if (canonicalJson(old.window) !== canonicalJson(next.window))
      this.refused.push(`has another window: ${canonicalJson(next.window)} in place of ${canonicalJson(old.window)}`)
    const { refused, added } = compareWindowAggregates({ old: old.aggregates, next: next.aggregates }, { from, to })
    this.refused.push(...refused)
    if (added) this.grown.add(next.id)
  }

  /** Of what keeps rows, or results that are corrected, nothing may change. */
  #keptRows(before: CheckedNode, after: CheckedNode): void {
    const [old, next] = [ownFields(before), ownFields(after)]
    for (const name of new Set([...Object.keys(old), ...Object.keys(next)])) {
      if (canonicalJson(old[name] ?? null) === canonicalJson(next[name] ?? null)) continue
      const isMap = after.node.kind === 'map'
      this.refused.push(
        isMap && name === 'function'
          ? 'calls another function in its map, and what was computed is that of the one before'
          : `has other ${name.replaceAll('_', ' ')} in its ${kindOf(after)}${isMap ? '' : ', which keeps rows as they came'}`,
      )
    }
    for (const [place, input] of before.inputs.entries()) this.#keptColumns(after, [input, after.inputs[place]])
  }

  #keptColumns(after: CheckedNode, [from, to]: readonly [string, string | undefined]): void {
    if (to === undefined) return
    const [old, next] = [resolvedInput(this.#before, from), resolvedInput(this.#after, to)]
    const known = new Set(this.#before.byId.get(from)?.fields.map(({ name }) => name))
    for (const { name } of this.#after.byId.get(to)?.fields ?? []) {
      if (known.has(name) && canonicalJson(old.column(name)) !== canonicalJson(next.column(name)))
        this.refused.push(`computes \`${name}\` otherwise, which its ${kindOf(after)} keeps`)
    }
  }
}

/** Windows whose state is accumulators by tile, and whose rows are given once. */
function isTiled({ node, upsert }: CheckedNode): boolean {
  return node.kind === 'window-aggregate' && node.window.kind !== 'session' && node.window.kind !== 'all' && !upsert
}

function kindOf({ node, upsert }: CheckedNode): string {
  if (node.kind !== 'window-aggregate') return node.kind
  if (node.window.kind === 'session') return 'session window'
  return upsert ? 'window that is corrected' : node.kind
}

function ownFields({ node }: CheckedNode): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(node).filter(([name]) => !REBUILT_FIELDS.has(name)))
}

/** Sources must be the same: their records and stamps are in the log. */
function compareSources(old: PlanSource, next: PlanSource): string[] {
  if (old.name !== next.name) return [`reads \`${next.name}\` where it read \`${old.name}\``]
  const names = new Set([...Object.keys(old), ...Object.keys(next)]) as Set<keyof PlanSource>
  return [...names]
    .filter((name) => canonicalJson(old[name] ?? null) !== canonicalJson(next[name] ?? null))
    .map((name) => SOURCE_WORDS[name]?.(old, next) ?? `reads \`${old.name}\` with other ${name.replaceAll('_', ' ')}`)
}

const SOURCE_WORDS: { readonly [K in keyof PlanSource]?: (old: PlanSource, next: PlanSource) => string } = {
  late: (old, next) => `has another late policy for \`${old.name}\`: ${canonicalJson(next.late)} in place of ${canonicalJson(old.late)}`,
  key: (old, next) => `reads \`${old.name}\` by another key: ${namesOf(next.key ?? [])} in place of ${namesOf(old.key ?? [])}`,
  watermark_delay_ms: (old) => `reads \`${old.name}\` with another watermark delay`,
}

function namesOf(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.map((name) => `\`${name}\``).join(', ')
}
