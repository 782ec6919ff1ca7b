import { createHash } from 'node:crypto'
import type { Field } from '@millrace/columnar'
import { bugError, type CheckedNode, type CheckedPlan, canonicalJson, type PlanSource, STAMP_FIELDS } from '@millrace/core'
import { CAPABILITIES, unsupported } from '../capabilities.ts'
import type { OperatorPlan, OutputOperatorPlan, PhysicalPlan } from '../operator/physical-plan.ts'
import { lateTable } from './late-table.ts'
import { afterHorizon, atDepth, closeInput, depthOver, inOnePartition, type OpenInput, type Origin, openInput } from './lower-input.ts'
import { lowerJoin } from './lower-join.ts'
import { lowerMap } from './lower-map.ts'
import {
  type LoweredRows,
  lowerAsOf,
  lowerDedupe,
  lowerLatest,
  lowerLookup,
  lowerOver,
  lowerSession,
  lowerTopN,
  lowerTotal,
  lowerUnion,
} from './lower-rows.ts'
import { lowerRevisedWindow, lowerWindowAggregate } from './lower-window-aggregate.ts'
import { columnOf } from './pipeline-builder.ts'
import { AVAILABLE_AT_FIELD, CHANGE_FIELD, EVENT_TIME_FIELD } from './system-field.ts'
import { wantedColumns } from './wanted-columns.ts'

export interface LowerOptions {
  /** Whether late rows are handed out even where the policy only counts them. */
  readonly reportLate?: boolean
}

/**
 * Lowers a checked plan to the form that the runner executes: a graph of operators, each with the filters, projects and exchanges in
 * front of it.
 *
 * @throws `engine/unsupported` for nodes, windows and late policies that this engine does not run yet.
 */
export function lowerPlan(plan: CheckedPlan, options: LowerOptions = {}): PhysicalPlan {
  refuseMissing(plan)
  const lowering = new Lowering(plan, options.reportLate === true)
  const output = lowering.output()
  const sources = [...lowering.sources.values()]
  return {
    version: 2,
    planHash: plan.plan.hash,
    sources: sources.map(({ name, key }) => ({ name, keyed: (key ?? []).length > 0 })),
    operators: [...lowering.operators, output],
    fields: plan.output.fields,
    batchFields: output.fields,
    late: lateTable(lowering.operators, { nodes: lowering.nodes, severalSources: sources.length > 1 }),
    dead: lowering.operators.flatMap((operator, place) =>
      isMap(operator) ? lowering.nodes[place].map((node) => ({ operator: place, node })) : [],
    ),
    first: firstTimeOperator(lowering.operators, output),
  }
}

/** By operator of the lowered plan but the output: ids of the nodes that it runs. */
export function nodesByOperator(plan: CheckedPlan): readonly (readonly string[])[] {
  const lowering = new Lowering(plan, false)
  lowering.output()
  return lowering.nodes
}

/** Nodes without which the output is the same do not matter. */
function refuseMissing(plan: CheckedPlan): void {
  for (const { node } of reachable(plan, plan.output)) {
    if (!CAPABILITIES.nodes.includes(node.kind)) throw unsupported(node.kind, node.id, [])
    if (node.kind === 'window-aggregate' && !CAPABILITIES.windows.includes(node.window.kind))
      throw unsupported(node.window.kind === 'all' ? 'an aggregate without a window' : `${node.window.kind} windows`, node.id)
    if (node.kind === 'join' && !CAPABILITIES.joins.includes(node.type)) throw unsupported(`${node.type} joins`, node.id)
  }
}

function reachable(plan: CheckedPlan, from: CheckedNode): CheckedNode[] {
  const found = new Set<CheckedNode>([from])
  for (const checked of found) for (const id of checked.inputs) found.add(plan.byId.get(id) as CheckedNode)
  return [...found]
}

/** Lowers the operators of a plan, inputs first, each once. */
class Lowering {
  readonly operators: OperatorPlan[] = []
  readonly sources = new Map<string, PlanSource>()
  /** By operator: the nodes that it runs; equal ones are run once. */
  readonly nodes: string[][] = []
  readonly #plan: CheckedPlan
  readonly #reportLate: boolean
  readonly #wanted: ReadonlyMap<string, ReadonlySet<string>>
  readonly #origins = new Map<string, Origin>()
  readonly #places = new Map<string, number>()
  readonly #keys = new Map<string, string>()

  constructor(plan: CheckedPlan, reportLate: boolean) {
    this.#plan = plan
    this.#reportLate = reportLate
    this.#wanted = wantedColumns(plan)
  }

  output(): OutputOperatorPlan {
    const { output } = this.#plan
    const input = this.#open(output.node.id)
    const system = [...(output.stamped ? [] : [AVAILABLE_AT_FIELD]), ...(output.upsert ? [CHANGE_FIELD] : [])]
    const fields = [...(output.stamped ? STAMP_FIELDS : []), ...output.fields, EVENT_TIME_FIELD, ...system]
    const registers = fields.map((field) => this.#registerOf(input, field))
    return {
      kind: 'output',
      key: `output ${this.#keyOf(output)}`,
      depth: depthOver([input]),
      inputs: [closeInput(input, { registers, judge: null, late: false })],
      insertsOnly: false,
      fields,
      registers,
    }
  }

  #registerOf(input: OpenInput, { name }: Field): number {
    if (name === EVENT_TIME_FIELD.name) return input.eventTime.register
    return (name === AVAILABLE_AT_FIELD.name ? input.availableAt : columnOf(input.scope, name)).register
  }

  #open(id: string): OpenInput {
    return openInput(this.#plan, id, { originOf: (node) => this.#originOf(node), reportLate: this.#reportLate })
  }

  #originOf(checked: CheckedNode): Origin {
    const { node } = checked
    let origin = this.#origins.get(node.id)
    if (origin !== undefined) return origin
    if (node.kind === 'scan') {
      this.sources.set(node.source, checked.source as PlanSource)
      origin = { from: { kind: 'source', source: node.source }, depth: 0 }
    } else origin = this.#place(this.#operator(checked), node.id)
    this.#origins.set(node.id, origin)
    return origin
  }

  #place(operator: OperatorPlan, node: string): Origin {
    const known = this.#places.get(operator.key)
    const place = known ?? this.operators.push(operator) - 1
    this.#places.set(operator.key, place)
    ;(this.nodes[place] ??= []).push(node)
    return { from: { kind: 'operator', place }, depth: operator.depth }
  }

  #operator(checked: CheckedNode): OperatorPlan {
    const { node } = checked
    if (node.kind === 'window-aggregate' && node.window.kind !== 'session' && node.window.kind !== 'all') {
      const input = this.#open(node.input)
      if (checked.upsert) {
        const common = { key: this.#keyOf(checked), depth: depthOver([input]), node: node.id, insertsOnly: false }
        return { kind: 'rows', ...common, ...lowerRevisedWindow(checked, input) }
      }
      const { input: closed, window } = lowerWindowAggregate(checked, input)
      return {
        kind: 'window',
        key: this.#keyOf(checked),
        depth: depthOver([input]),
        node: node.id,
        insertsOnly: false,
        inputs: [closed],
        window,
      }
    }
    const opened = this.#openAll(checked)
    const wanted = this.#wanted.get(node.id) as ReadonlySet<string>
    const key = `${this.#keyOf(checked)} ${[...wanted].sort().join()}`
    const common = { key, depth: depthOver(opened), node: node.id, insertsOnly: checked.upsert && isTimed(checked) }
    if (node.kind === 'join' && node.type === 'interval') {
      const [left, right] = opened
      return { kind: 'join', ...common, ...lowerJoin(checked, { left, right, wanted }) }
    }
    return { kind: 'rows', ...common, ...this.#rows(checked, opened, wanted) }
  }

  /** The inputs of an operator, all from one depth. */
  #openAll(checked: CheckedNode): readonly OpenInput[] {
    const found = checked.inputs.map((id) => this.#open(id))
    const opened = isTimed(checked) ? found.map(afterHorizon) : found
    const meeting = checked.node.kind === 'union' && checked.partitionedBy === undefined ? opened.map(inOnePartition) : opened
    const depth = depthOver(meeting)
    return meeting.map((input) => atDepth(input, depth))
  }

  #rows(checked: CheckedNode, opened: readonly OpenInput[], wanted: ReadonlySet<string>): LoweredRows {
    const { node } = checked
    const [input, right] = opened
    switch (node.kind) {
      case 'window-aggregate':
        return node.window.kind === 'all' ? lowerTotal(checked, input) : lowerSession(checked, input)
      case 'over-aggregate':
        return lowerOver(checked, input, wanted)
      case 'dedupe':
        return lowerDedupe(checked, input, wanted)
      case 'join':
        return node.type === 'lookup'
          ? lowerLookup(checked, { left: input, right, wanted })
          : lowerAsOf(checked, { left: input, right, wanted })
      case 'latest':
        return lowerLatest(checked, input, wanted)
      case 'top-n':
        return lowerTopN(checked, input, this.#plan)
      case 'union':
        return lowerUnion(checked, opened, wanted)
      case 'map':
        return lowerMap(checked, input, wanted)
    }
    throw bugError('stream/unexpected-node', `Node \`${node.id}\` of kind ${node.kind} came through the engine's capabilities.`, {
      asked: node.kind,
    })
  }

  /** Equal for sub-plans that give the same rows: a hash of the nodes without their ids over the same sources. */
  #keyOf(checked: CheckedNode): string {
    const { id, ...node } = checked.node as CheckedNode['node'] & Readonly<Record<string, unknown>>
    let key = this.#keys.get(id)
    if (key !== undefined) return key
    const inputs = checked.inputs.map((input) => this.#keyOf(this.#plan.byId.get(input) as CheckedNode))
    const parts =
      node.kind === 'scan' ? [checked.source, this.#reportLate] : [{ ...node, input: 0, left: 0, right: 0, inputs: 0 }, ...inputs]
    key = createHash('sha256').update(canonicalJson(parts)).digest('hex')
    this.#keys.set(id, key)
    return key
  }
}

/** Whether the operator goes by time, and waits for rows before it looks at them. */
function isTimed({ node }: CheckedNode): boolean {
  if (node.kind === 'window-aggregate') return node.window.kind !== 'all'
  return node.kind === 'dedupe' || node.kind === 'over-aggregate' || (node.kind === 'join' && node.type !== 'lookup')
}

function isMap(operator: OperatorPlan): boolean {
  return operator.kind === 'rows' && operator.work.kind === 'map'
}

/** Along left inputs from the output: the time operator nearest the source. */
function firstTimeOperator(operators: readonly OperatorPlan[], output: OutputOperatorPlan): number | null {
  let first: number | null = null
  for (let { from } = output.inputs[0]; from.kind === 'operator'; { from } = operators[from.place].inputs[0])
    if (!isMap(operators[from.place])) first = from.place
  return first
}
