import { type CheckedPlan, canonicalJson, checkPlan, compileAsset, type Project } from '@millrace/core'
import { type JobPlans, jobChange, lateTopicOf, lowerPlan, type StateChange, stateChange, type ViewChange } from '@millrace/engine-stream'
import type { EmbeddedLog } from '@millrace/log-lmdb'
import { viewsOf } from '../pipeline/view-job.ts'
import { type DefinitionRecord, recordedDefinitions } from './definition-record.ts'
import { unreadTopics } from './unread-topics.ts'

/** What other definitions mean for the state of a live scope. */
export interface DefinitionChange {
  /** By stream and view, only those that are not the same. */
  readonly assets: Readonly<Record<string, AssetChange>>
  /** Whether the state can go on. */
  readonly compatible: boolean
  /** What has to be written for it. */
  readonly states: readonly StateChange[]
}

/** What other definitions mean for one stream or view. */
export interface AssetChange extends Omit<ViewChange, 'state'> {
  readonly state: Exclude<ViewChange['state'], 'same'>
  /** Where its first window begins in which what was added has counted every row, ISO 8601; null: every window is such a one. */
  readonly complete_from: string | null
}

/**
 * Compares the project's definitions with those beside a scope's state, and looks whether that can go on under them, before anything is
 * touched. Undefined where the scope has no record of its definitions.
 */
export function definitionChange(log: EmbeddedLog, project: Project): DefinitionChange | undefined {
  const recorded = recordedDefinitions(log)
  if (recorded.size === 0) return undefined
  const assets: Record<string, AssetChange> = {}
  const states: StateChange[] = []
  for (const stream of streamNames(recorded, project)) {
    const before = plansBefore(recorded, stream)
    const after = plansAfter(project, stream)
    const { views, groups } = jobChange(before.views, after.views, groupsIn(log))
    const source = sourceChange(before.source, after.source)
    if (source !== undefined) assets[stream] = source
    const found = groups.map((group) => ({ group, state: stateChange(log, { topic: stream, topics: undefined }, group) }))
    for (const [name, change] of views) if (change.state !== 'same') assets[name] = { ...change, state: change.state, complete_from: null }
    for (const { group, state } of found) {
      const names = (group.after ?? group.before)?.assets.map(({ name }) => name) ?? []
      for (const name of names) if (state.refused.length > 0) assets[name] = withReasons(assets[name], state.refused)
      for (const [name, at] of state.completeFrom) assets[name] = { ...assets[name], complete_from: new Date(at).toISOString() }
    }
    for (const name of before.views.keys()) {
      const unread = after.views.has(name) ? unreadTopics(log, project, otherTopics(name, before.views, after.views)) : []
      if (unread.length > 0) assets[name] = withReasons(assets[name], unread)
    }
    states.push(...found.map(({ state }) => state))
  }
  return { assets, states, compatible: Object.values(assets).every(({ state }) => state !== 'refused') }
}

export const NOTHING = { added: [], removed: [], reasons: [], complete_from: null }

export function withReasons(change: AssetChange | undefined, reasons: readonly string[]): AssetChange {
  return { ...NOTHING, ...change, state: 'refused', reasons: [...new Set([...(change?.reasons ?? []), ...reasons])] }
}

function streamNames(recorded: ReadonlyMap<string, DefinitionRecord>, project: Project): readonly string[] {
  return [...new Set([...[...recorded.values()].map(({ stream }) => stream), ...project.streams.map(({ name }) => name)])]
}

interface StreamPlans {
  readonly source: CheckedPlan | undefined
  readonly views: JobPlans
}

function plansBefore(recorded: ReadonlyMap<string, DefinitionRecord>, stream: string): StreamPlans {
  const own = [...recorded].filter(([, record]) => record.stream === stream).map(([name, { plan }]) => [name, checkPlan(plan)] as const)
  return { source: own.find(([name]) => name === stream)?.[1], views: new Map(own.filter(([name]) => name !== stream)) }
}

function plansAfter(project: Project, name: string): StreamPlans {
  const stream = project.streams.find((one) => one.name === name)
  if (stream === undefined) return { source: undefined, views: new Map() }
  return {
    source: compileAsset(stream),
    views: new Map(viewsOf(project, stream).map((view) => [view.name, compileAsset(view)])),
  }
}

/** Records and stamps of a stream are in the log as its declaration said; it may only come and go as a whole. */
export function sourceChange(before: CheckedPlan | undefined, after: CheckedPlan | undefined): AssetChange | undefined {
  if (before === undefined) return after === undefined ? undefined : { ...NOTHING, state: 'added' }
  if (after === undefined) return { ...NOTHING, state: 'removed' }
  if (before.plan.hash === after.plan.hash) return undefined
  const { views } = jobChange(new Map([['stream', before]]), new Map([['stream', after]]), new Map())
  return withReasons(undefined, views.get('stream')?.reasons ?? [])
}

function groupsIn(log: EmbeddedLog): ReadonlyMap<string, string> {
  const prefix = 'stream-group/'
  return new Map([...log.entries(prefix)].map(({ key, value }) => [key.slice(prefix.length), Buffer.from(value).toString('utf8')]))
}

/** The topics of a view whose rows have other columns than before. */
export function otherTopics(name: string, before: JobPlans, after: JobPlans): readonly string[] {
  const [old, next] = [before, after].map((plans) => lowerPlan(plans.get(name) as CheckedPlan))
  const isOther = (a: unknown, b: unknown): boolean => canonicalJson(a ?? null) !== canonicalJson(b ?? null)
  return [
    ...(isOther(old.batchFields, next.batchFields) ? [name] : []),
    ...(isOther(old.late?.fields, next.late?.fields) ? [lateTopicOf(name)] : []),
  ]
}
