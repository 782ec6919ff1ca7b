import { type CheckedPlan, checkPlan, compileAsset, type Project } from '@millrace/core'
import { lateTopicOf, lowerPlan } from '@millrace/engine-stream'
import type { EmbeddedLog } from '@millrace/log-lmdb'
import { type AssetChange, type DefinitionChange, NOTHING, otherTopics, sourceChange, withReasons } from '../savepoint/definition-change.ts'
import { recordedDefinitions } from '../savepoint/definition-record.ts'
import { unreadTopics } from '../savepoint/unread-topics.ts'

/**
 * Compares the project's definitions with those that an environment's job on Flink was made of. A changed view is computed anew from the beginning of
 * its streams and takes over, so it may compute anything; only what its rows are called and told apart by has to stay. Undefined where the
 * scope has no record of its definitions.
 */
export function flinkChange(log: EmbeddedLog, project: Project): DefinitionChange | undefined {
  const recorded = recordedDefinitions(log)
  if (recorded.size === 0) return undefined
  const before = new Map([...recorded].map(([name, { plan }]) => [name, checkPlan(plan)]))
  const streams = new Map(project.streams.map((stream) => [stream.name, compileAsset(stream)]))
  const views = new Map(project.computed.map((view) => [view.name, compileAsset(view)]))
  const assets: Record<string, AssetChange> = {}
  for (const name of new Set([...before.keys(), ...streams.keys(), ...views.keys()])) {
    const isStream = recorded.get(name)?.stream === name || streams.has(name)
    const [old, next] = [before.get(name), streams.get(name) ?? views.get(name)]
    const change = isStream ? sourceChange(old, next) : viewChange(log, project, { name, old, next })
    if (change !== undefined) assets[name] = change
  }
  if (Object.keys(assets).length > 0)
    for (const [name, view] of views) if (isHandedOver(before.get(name), view)) assets[name] = withReasons(assets[name], [CORRECTED])
  return { assets, states: [], compatible: Object.values(assets).every(({ state }) => state !== 'refused') }
}

const CORRECTED =
  'gives rows and takes them back, which no other job can go on with; leave the definitions as they are, use another environment (`--env NAME`), or start over with `--reset`'

/** Whether a view that corrects its rows would be another job's from some place on. */
function isHandedOver(old: CheckedPlan | undefined, next: CheckedPlan): boolean {
  return old !== undefined && (old.output.upsert || next.output.upsert)
}

interface ViewPlans {
  readonly name: string
  readonly old: CheckedPlan | undefined
  readonly next: CheckedPlan | undefined
}

function viewChange(log: EmbeddedLog, project: Project, { name, old, next }: ViewPlans): AssetChange | undefined {
  if (old === undefined) return { ...NOTHING, state: 'added' }
  if (next === undefined) return { ...NOTHING, state: 'removed' }
  if (old.plan.hash === next.plan.hash) return undefined
  const [was, is] = [old.output.fields, next.output.fields].map((fields) => new Map(fields.map((field) => [field.name, field.type])))
  const change: AssetChange = {
    ...NOTHING,
    state: 'changed',
    added: [...is.keys()].filter((column) => !was.has(column)),
    removed: [...was.keys()].filter((column) => !is.has(column)),
  }
  const reasons = [
    ...[...is].flatMap(([column, type]) => otherType(column, was.get(column), type)),
    ...otherKeys(old, next),
    ...unreadTopics(log, project, otherTopics(name, new Map([[name, old]]), new Map([[name, next]]))),
    ...otherLateTypes(name, old, next),
  ]
  return reasons.length === 0 ? change : withReasons(change, reasons)
}

function otherType(column: string, was: string | undefined, is: string): readonly string[] {
  return was === undefined || was === is ? [] : [`has \`${column}\` as ${is} in place of ${was}; give the new column a name of its own`]
}

/** Rows of one table are told apart by the same columns. */
function otherKeys(old: CheckedPlan, next: CheckedPlan): readonly string[] {
  const [was, is] = [old, next].map(keysOf)
  if (was.join() === is.join()) return []
  const named = (names: readonly string[]): string => names.map((name) => `\`${name}\``).join(', ') || 'nothing'
  return [`has rows that are told apart by ${named(is)} in place of ${named(was)}; give the new view a name of its own`]
}

const PASSING: ReadonlySet<string> = new Set(['filter', 'project', 'exchange'])

/** What tells rows apart: bounds of the window and the keys of what made them. */
function keysOf({ output, byId }: CheckedPlan): readonly string[] {
  let made = output
  while (PASSING.has(made.node.kind)) made = byId.get(made.inputs[0]) as typeof output
  const bounds = output.window === undefined ? [] : [output.window.start, output.window.end]
  return made.node.kind === 'window-aggregate' ? [...bounds, ...made.node.keys] : bounds
}

function otherLateTypes(name: string, old: CheckedPlan, next: CheckedPlan): readonly string[] {
  const [was, is] = [old, next].map((plan) => new Map((lowerPlan(plan).late?.fields ?? []).map((field) => [field.name, field.type])))
  return [...is].flatMap(([column, type]) => otherType(`${lateTopicOf(name)}.${column}`, was.get(column), type))
}
