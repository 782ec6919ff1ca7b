import type { Field } from '@millrace/columnar'
import { bugError, type CheckedNode, type CheckedPlan, type PlanSource, type ProjectNode, STAMP_FIELDS } from '@millrace/core'
import { unsupported } from '../capabilities.ts'
import type { PhysicalPlan } from '../operator/physical-plan.ts'
import type { RegisterRef } from './expr/typed-expr.ts'
import { lowerWindowAggregate } from './lower-window-aggregate.ts'
import { columnOf, PipelineBuilder, type Scope } from './pipeline-builder.ts'

/** The event time of a row, whatever columns are left of it. */
export const EVENT_TIME_FIELD: Field = { name: '_event_time', type: 'timestamp', nullable: false }
/** Ingest time of the record whose stamp closed a window, epoch ms. */
export const AVAILABLE_AT_FIELD: Field = { name: '_available_at', type: 'timestamp', nullable: false }

/** How far a chain of nodes is lowered. */
export interface Stage {
  readonly builder: PipelineBuilder
  readonly scope: Scope
  readonly eventTime: RegisterRef
}

export interface LowerOptions {
  /** Whether late rows are handed out even where the policy only counts them. */
  readonly reportLate?: boolean
}

/**
 * Lowers a checked plan to the form that the runner executes.
 *
 * @throws `engine/unsupported` for nodes, windows and late policies that this engine does not run yet.
 */
export function lowerPlan(plan: CheckedPlan, options: LowerOptions = {}): PhysicalPlan {
  const chain = chainOf(plan)
  const declared = chain[0].source as PlanSource
  const source = options.reportLate === true && declared.late === 'drop' ? { ...declared, late: 'keep' as const } : declared
  refuseMissing(chain, source)
  const split = chain.findIndex(({ node }) => node.kind === 'window-aggregate')
  const beforeWindow = split < 0 ? chain : chain.slice(0, split)
  const input = lowerChain(beforeWindow.slice(1), scanStage(chain[0], source))
  const common = { version: 1, planHash: plan.plan.hash, source: source.name, fields: plan.output.fields } as const
  if (split < 0) {
    const batchFields = [...STAMP_FIELDS, ...plan.output.fields, EVENT_TIME_FIELD]
    return { ...common, input: input.builder.finish(outputsOf(input, batchFields)), window: null, output: null, batchFields }
  }
  const window = lowerWindowAggregate(chain[split], { input, source, inputFields: chain[split - 1].fields })
  const output = lowerChain(chain.slice(split + 1), windowStage(chain[split]))
  const batchFields = [...plan.output.fields, EVENT_TIME_FIELD, AVAILABLE_AT_FIELD]
  return {
    ...common,
    input: { ...window.input, registers: input.builder.registers },
    window: window.plan,
    output: output.builder.finish(outputsOf(output, batchFields)),
    batchFields,
  }
}

/** The nodes from the scan to the output. */
function chainOf(plan: CheckedPlan): readonly CheckedNode[] {
  const chain: CheckedNode[] = []
  for (let node: CheckedNode | undefined = plan.output; node !== undefined; node = plan.byId.get(node.inputs[0])) chain.unshift(node)
  return chain
}

function refuseMissing(chain: readonly CheckedNode[], source: PlanSource): void {
  const windows = chain.filter(({ node }) => node.kind === 'window-aggregate')
  if (windows.length > 1) throw unsupported('a window over a window', windows[1].node.id)
  for (const { node } of chain) {
    if (node.kind === 'exchange') throw unsupported('exchange', node.id)
    if (node.kind === 'window-aggregate' && node.window.kind === 'all') throw unsupported('an aggregate without a window', node.id)
  }
  if (windows.length > 0 && typeof source.late === 'object') throw unsupported('the late policy `revise`', windows[0].node.id, [])
}

function scanStage(scan: CheckedNode, source: PlanSource): Stage {
  const builder = new PipelineBuilder()
  const scope = new Map([...STAMP_FIELDS, ...scan.fields].map((field) => [field.name, builder.column(field.name, field.type)]))
  return { builder, scope, eventTime: columnOf(scope, source.event_time) }
}

function windowStage(window: CheckedNode): Stage {
  const builder = new PipelineBuilder()
  const fields = [...window.fields, EVENT_TIME_FIELD, AVAILABLE_AT_FIELD]
  const scope = new Map(fields.map((field) => [field.name, builder.column(field.name, field.type)]))
  return { builder, scope, eventTime: columnOf(scope, EVENT_TIME_FIELD.name) }
}

function lowerChain(chain: readonly CheckedNode[], stage: Stage): Stage {
  return chain.reduce(lowerNode, stage)
}

function lowerNode(stage: Stage, { node }: CheckedNode): Stage {
  switch (node.kind) {
    case 'filter':
      stage.builder.filter(node.id, stage.builder.define(node.where, stage.scope))
      return stage
    case 'project':
      return lowerProject(node, stage)
    default:
      throw bugError('stream/unexpected-node', `Node \`${node.id}\` of kind ${node.kind} came through the engine's capabilities.`, {
        asked: node.kind,
      })
  }
}

/** System columns stay in scope beside exactly the projected ones. */
function lowerProject(node: ProjectNode, stage: Stage): Stage {
  const scope = new Map([...stage.scope].filter(([name]) => name.startsWith('_')))
  for (const column of node.columns) scope.set(column.name, stage.builder.define(column.expr, stage.scope))
  const marked = node.columns.find((column) => column.event_time === true)
  return { ...stage, scope, eventTime: marked === undefined ? stage.eventTime : columnOf(scope, marked.name) }
}

function outputsOf(stage: Stage, fields: readonly Field[]): number[] {
  return fields.map((field) => (field.name === EVENT_TIME_FIELD.name ? stage.eventTime : columnOf(stage.scope, field.name)).register)
}
