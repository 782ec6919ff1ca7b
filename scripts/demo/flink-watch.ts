import { counted } from './history.ts'

/** Of `GET /api/state`: what goes out of the session, and what comes back to it from Kafka. */
interface Outlet {
  readonly name: string
  readonly kind: string
  readonly state: string
  readonly delivered: number
  readonly waiting: number
  readonly failures: number
  readonly last_error: string | null
}

/** How the job on Flink and what goes to it and comes from it fare, as the page has it. */
export interface JobFigures {
  readonly state: string
  readonly checkpoints: number
  /** Records that are not on Kafka yet, or not back from it. */
  readonly waiting: number
  readonly failures: number
  readonly last_error: string | null
}

const LOOK_MS = 1_000
const ANSWER_MS_MAX = 5_000

/** Looks every second at what the page of a live session tells of the job on Flink. */
export class FlinkWatch {
  readonly #timer: NodeJS.Timeout
  figures: JobFigures | undefined

  /** `url` is where the session serves, once it does. */
  constructor(url: () => string | undefined) {
    let isLooking = false
    this.#timer = setInterval(() => {
      const base = url()
      if (base === undefined || isLooking) return
      isLooking = true
      void outletsAt(base).then((outlets) => {
        isLooking = false
        if (outlets !== undefined) this.figures = figuresOf(outlets)
      })
    }, LOOK_MS).unref()
  }

  get isRunning(): boolean {
    return this.figures?.state === 'running' && this.figures.checkpoints > 0
  }

  /** In words, for the line of figures. */
  get line(): string {
    if (this.figures === undefined) return ''
    const { state, checkpoints, waiting, last_error } = this.figures
    const error = last_error === null ? '' : ` (${last_error})`
    return ` · Flink ${state}${error}, ${counted(checkpoints)} checkpoints · ${counted(waiting)} records on their way`
  }

  stop(): void {
    clearInterval(this.#timer)
  }
}

/** Undefined while the session does not answer. */
async function outletsAt(url: string): Promise<readonly Outlet[] | undefined> {
  try {
    const answer = await fetch(new URL('/api/state', url), { signal: AbortSignal.timeout(ANSWER_MS_MAX) })
    return ((await answer.json()) as { outlets: readonly Outlet[] }).outlets
  } catch {
    return undefined
  }
}

function figuresOf(outlets: readonly Outlet[]): JobFigures | undefined {
  const job = outlets.find(({ kind }) => kind === 'job')
  if (job === undefined) return undefined
  const carriers = outlets.filter(({ kind }) => kind === 'carrier')
  return {
    state: job.state,
    checkpoints: job.delivered,
    waiting: carriers.reduce((sum, { waiting }) => sum + waiting, 0),
    failures: carriers.reduce((sum, { failures }) => sum + failures, 0),
    last_error: job.last_error,
  }
}
