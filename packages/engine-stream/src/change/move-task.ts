import type { KeptPage } from '../operator/state-page.ts'
import { META_KEY, planHashes, STATE_VERSION, type StageMeta } from '../run/stage-runner.ts'
import type { GroupMove } from './group-move.ts'
import { movedSlicePages, movedTilePages } from './move-pages.ts'

/** The state of one partition of a stage as the group's new graph reads it, from all pages of its state before. */
export function movedTask(
  { before, after, operators, stages, exchanges }: GroupMove,
  stage: number,
  pages: readonly KeptPage[],
): KeptPage[] {
  const meta = pages.find(({ key }) => key === META_KEY)
  if (meta === undefined) return []
  const moved = movedOperators({ before, after, operators }, { stage, pages, move: movedTilePages })
  const known = JSON.parse(new TextDecoder().decode(meta.value)) as StageMeta
  const [oldStage, newStage] = [before.stages[stages[stage]], after.stages[stage]]
  const portOf = (source: string): number => oldStage.sources.indexOf(source)
  const arrivalOf = (exchange: number): number =>
    oldStage.sources.length + oldStage.reads.findIndex(({ ordinal }) => ordinal === exchanges[exchange])
  const ports = [...newStage.sources.map(portOf), ...newStage.reads.map(({ ordinal }) => arrivalOf(ordinal))]
  const next: StageMeta = {
    ...known,
    plans: planHashes(after),
    watermarks: ports.map((port) => known.watermarks[port]),
    operators: renamed(
      known.operators,
      newStage.operators.map(({ ordinal }) => [String(ordinal), String(operators.get(ordinal))]),
    ),
    sent: renamed(
      known.sent,
      newStage.writes.map(({ ordinal }) => [String(ordinal), String(exchanges[ordinal])]),
    ),
    counters: movedCounters(known.counters, operators),
  }
  return [...moved, { key: META_KEY, value: new TextEncoder().encode(JSON.stringify(next)) }]
}

/** What slices of the stage's operators keep apart, as the new graph reads it. */
export function movedApart(group: GroupMove, stage: number, pages: readonly KeptPage[]): KeptPage[] {
  return movedOperators(group, { stage, pages, move: movedSlicePages })
}

interface Moving {
  readonly stage: number
  readonly pages: readonly KeptPage[]
  readonly move: typeof movedTilePages
}

/** Pages whose keys begin with an operator's place. */
function movedOperators(
  { before, after, operators }: Pick<GroupMove, 'before' | 'after' | 'operators'>,
  { stage, pages, move }: Moving,
): KeptPage[] {
  const ofOperator = Map.groupBy(pages, ({ key }) => key.slice(0, key.indexOf('/')))
  return after.stages[stage].operators.flatMap(({ ordinal, plan }): KeptPage[] => {
    const old = operators.get(ordinal) as number
    const own = (ofOperator.get(String(old)) ?? []).map(({ key, value }) => ({ key: key.slice(String(old).length + 1), value }))
    const was = before.operators[old].plan
    const kept = plan.kind === 'window' && was.kind === 'window' ? move({ before: was, after: plan }, own) : own
    return kept.map(({ key, value }) => ({ key: `${ordinal}/${key}`, value }))
  })
}

function renamed<T>(known: Readonly<Record<string, T>>, names: readonly (readonly [string, string])[]): Record<string, T> {
  return Object.fromEntries(names.flatMap(([next, old]) => (old in known ? [[next, known[old]]] : [])))
}

/** Under an operator's ordinal, or that and its input's place. */
function movedCounters(known: StageMeta['counters'], operators: GroupMove['operators']): StageMeta['counters'] {
  return Object.fromEntries(
    [...operators].flatMap(([next, old]) =>
      Object.entries(known).flatMap(([name, counters]) => {
        const [ordinal, input] = name.split('/')
        if (Number(ordinal) !== old) return []
        return [[input === undefined ? String(next) : `${next}/${input}`, counters] as const]
      }),
    ),
  )
}

/** The state of a stage that has read nothing: what a view begins with that is not to read what is there. */
export function freshTask(after: GroupMove['after'], stage: number, partitions: readonly number[]): KeptPage {
  const { sources, reads } = after.stages[stage]
  const meta: StageMeta = {
    version: STATE_VERSION,
    plans: planHashes(after),
    watermarks: [...sources.map(() => [null]), ...reads.map(({ from }) => new Array<null>(partitions[from]).fill(null))],
    ingestedAt: 0,
    operators: {},
    sent: {},
    counters: {},
  }
  return { key: META_KEY, value: new TextEncoder().encode(JSON.stringify(meta)) }
}
