import type { Area } from './area.ts'

/** Places in the numbers by which the threads of a crew talk. */
export const CELL = { ticket: 0, operation: 1, tasks: 2, done: 3, failed: 4 } as const

/** What a thread of a crew is given. */
export interface CrewData {
  readonly area: Area
  readonly cells: Int32Array
}

/** The ticket's lower bits count the claimed tasks, the upper ones the jobs: a claim of a job that is over fails. */
export const TASK_BITS = 17
const TASK_MASK = 2 ** TASK_BITS - 1
/** In place of a ticket: a job is being written, or there will be none any more. */
export const CLOSED = -1
export const QUIT = -2

/** The next task of the job at hand, for this thread alone; undefined when none is left. */
export function claimTask(cells: Int32Array): number | undefined {
  for (;;) {
    const ticket = Atomics.load(cells, CELL.ticket)
    const task = ticket & TASK_MASK
    if (ticket < 0 || task >= Atomics.load(cells, CELL.tasks)) return undefined
    if (Atomics.compareExchange(cells, CELL.ticket, ticket, ticket + 1) === ticket) return task
  }
}

export function finishTask(cells: Int32Array): void {
  Atomics.add(cells, CELL.done, 1)
  Atomics.notify(cells, CELL.done)
}
