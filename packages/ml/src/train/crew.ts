import { Worker } from 'node:worker_threads'
import { bugError, operatingError } from '@millrace/core'
import type { Area } from './area.ts'
import { CELL, CLOSED, type CrewData, claimTask, finishTask, QUIT, TASK_BITS } from './crew-cell.ts'
import { type OperationCode, Operations } from './operation.ts'

/** A thread that answers nothing for this long is given up. */
const ANSWER_MS_MAX = 120_000
/** Looks at the other threads before this one sleeps: a task of the others is mostly shorter than going to sleep and waking. */
const LOOKS_MAX = 2_000
const HEAP_MIB_MAX = 256

/** Threads that share an area's tasks. This thread works too, so the others may come late: tasks are claimed one by one. */
export class Crew {
  readonly #cells = new Int32Array(new SharedArrayBuffer(Object.keys(CELL).length * 4))
  readonly #operations: Operations
  readonly #threads: readonly Worker[]
  #job = 0

  constructor(area: Area, threads: number) {
    this.#operations = new Operations(area)
    const data: CrewData = { area, cells: this.#cells }
    this.#threads = Array.from({ length: threads - 1 }, () => startThread(data))
  }

  /** Does tasks 0 to `tasks` − 1 of an operation, whose arguments lie in the area; returns when all are done. */
  run(code: OperationCode, tasks: number): void {
    const cells = this.#cells
    if (this.#threads.length === 0) {
      for (let task = 0; task < tasks; task++) this.#operations.run(code, task)
      return
    }
    this.#job = (this.#job + 1) & (2 ** (31 - TASK_BITS) - 1)
    // A thread that still looks at the job before must not claim by its ticket what this one asks for.
    Atomics.store(cells, CELL.ticket, CLOSED)
    cells[CELL.operation] = code
    cells[CELL.tasks] = tasks
    cells[CELL.done] = 0
    Atomics.store(cells, CELL.ticket, this.#job << TASK_BITS)
    Atomics.notify(cells, CELL.ticket)
    for (let task = claimTask(cells); task !== undefined; task = claimTask(cells)) {
      this.#operations.run(code, task)
      finishTask(cells)
    }
    this.#await(tasks)
  }

  /** Lets the other threads go. */
  close(): void {
    Atomics.store(this.#cells, CELL.ticket, QUIT)
    Atomics.notify(this.#cells, CELL.ticket)
  }

  #await(tasks: number): void {
    const cells = this.#cells
    let looks = 0
    for (let done = Atomics.load(cells, CELL.done); done < tasks; done = Atomics.load(cells, CELL.done)) {
      if (looks++ < LOOKS_MAX) continue
      if (Atomics.wait(cells, CELL.done, done, ANSWER_MS_MAX) !== 'timed-out') continue
      throw operatingError('model/thread-lost', `A training thread did not answer for ${ANSWER_MS_MAX / 1000} s.`, {
        found: { done, tasks },
        do: 'Train again; with `threads: 1` where the machine has too little memory.',
      })
    }
    if (Atomics.load(cells, CELL.failed) === 0) return
    throw bugError('model/thread-failed', 'A training thread failed at its task.', { do: 'Please report this with the training set.' })
  }
}

function startThread(data: CrewData): Worker {
  const thread = new Worker(new URL('./crew-worker.ts', import.meta.url), {
    workerData: data,
    name: 'train',
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB_MAX },
    execArgv: process.execArgv.filter((arg) => !arg.startsWith('--cpu-prof')),
  })
  thread.unref()
  // What it fails at shows in the cells: this thread may be waiting there and see no event.
  thread.on('error', () => {})
  return thread
}
