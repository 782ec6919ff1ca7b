import type { EventLog, LogTransaction } from '@millrace/core'

/**
 * A place in the streams of a view that parts what one job says of it from what another says: rows of earlier times, and late rows of earlier
 * arrivals, are the one's.
 */
export interface Cut {
  /** Rows of this event time and later ones are behind it, epoch ms. */
  readonly time: number
  /** By stream: rows that arrived as this one and later are behind it. */
  readonly arrivals: Readonly<Record<string, number>>
}

/** Which rows of a view are taken from a job: those behind `from` and before `until`; null where there is no bound. */
export interface Take {
  readonly from: Cut | null
  readonly until: Cut | null
}

/** The jobs of an environment, by identity. Only what stands here may run. */
export interface JobsState {
  /** How many jobs there have been: makes an identity of a hash. */
  readonly made: number
  /** Gives the rows of now. */
  readonly current: string
  /** Reads the streams from their beginning, to take over when it has caught up. */
  readonly next: string | null
  /** Was taken over from, and has rows from before that still to give. */
  readonly ending: string | null
  /** Whether the ending job was told to close everything. */
  readonly stopping: boolean
  /** Their topics are to be deleted. */
  readonly leaving: readonly string[]
  /** By job, by view. A view that is not there waits for the switch. */
  readonly takes: Readonly<Record<string, Readonly<Record<string, Take>>>>
}

export type JobRole = 'current' | 'next' | 'ending' | 'leaving'

/** What is asked for: the hash of a job, and the views of it. */
export interface AskedJob {
  readonly hash: string
  readonly views: readonly string[]
}

const STATE_KEY = 'flink/jobs'
export const WHOLE: Take = { from: null, until: null }

export function jobsState(log: Pick<EventLog, 'get'>): JobsState | undefined {
  const bytes = log.get(STATE_KEY)
  return bytes === undefined ? undefined : (JSON.parse(Buffer.from(bytes).toString('utf8')) as JobsState)
}

export function putJobsState(transaction: LogTransaction, state: JobsState): void {
  transaction.put(STATE_KEY, Buffer.from(JSON.stringify(state)))
}

export function roleOf(state: JobsState, id: string): JobRole | undefined {
  if (state.leaving.includes(id)) return 'leaving'
  return (['current', 'next', 'ending'] as const).find((role) => state[role] === id)
}

/** The jobs that give rows, or will. */
export function activeJobs({ current, next, ending }: JobsState): readonly string[] {
  return [ending, current, next].filter((id) => id !== null)
}

/** The hash that an identity was made of. */
export function hashOf(id: string): string {
  return id.slice(0, id.lastIndexOf('.'))
}

/**
 * The jobs under a definition. The first job gives everything; another one is begun beside it, in place of one that had not taken over yet; going back
 * to what gives the rows of now gives up what was begun since. Views that the running job has not got begin at `now`; null: with the streams.
 */
export function adoptedJobs(state: JobsState | undefined, { hash, views }: AskedJob, now: (view: string) => Cut | null): JobsState {
  if (state === undefined) {
    const id = `${hash}.1`
    const takes = Object.fromEntries(views.map((view) => [view, WHOLE]))
    return { made: 1, current: id, next: null, ending: null, stopping: false, leaving: [], takes: { [id]: takes } }
  }
  if (state.next !== null && hashOf(state.next) === hash) return state
  const alone = state.next === null ? state : left({ ...state, next: null }, state.next)
  if (hashOf(state.current) === hash) return alone
  const known = state.takes[state.current]
  const added = views.filter((view) => known[view] === undefined)
  const id = `${hash}.${state.made + 1}`
  const takes = Object.fromEntries(added.map((view) => [view, { from: now(view), until: null }]))
  return { ...alone, made: state.made + 1, next: id, takes: { ...alone.takes, [id]: takes } }
}

/** The next job takes over: each of its views is its own from the cut on, and the other job's up to there. */
export function switchedJobs(state: JobsState, views: readonly string[], cutOf: (view: string) => Cut): JobsState {
  const { current, next } = state
  if (next === null) return state
  const [old, own] = [state.takes[current], state.takes[next]]
  const shared = views.filter((view) => own[view] === undefined)
  const cuts = new Map(shared.map((view) => [view, cutOf(view)]))
  const until = [...cuts].flatMap(([view, cut]) => (old[view] === undefined ? [] : [[view, { ...old[view], until: cut }] as const]))
  const from = [...cuts].map(([view, cut]) => [view, { from: cut, until: null }] as const)
  return {
    ...state,
    current: next,
    next: null,
    ending: current,
    stopping: false,
    takes: { ...state.takes, [current]: Object.fromEntries(until), [next]: { ...own, ...Object.fromEntries(from) } },
  }
}

/** The ending job has given all that it had to give. */
export function endedJobs(state: JobsState): JobsState {
  return state.ending === null ? state : left({ ...state, ending: null, stopping: false }, state.ending)
}

/** Nothing is left of a job. */
export function forgottenJobs(state: JobsState, id: string): JobsState {
  return { ...state, leaving: state.leaving.filter((one) => one !== id) }
}

function left(state: JobsState, id: string): JobsState {
  const { [id]: _, ...takes } = state.takes
  return { ...state, leaving: [...state.leaving, id], takes }
}
