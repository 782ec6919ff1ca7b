import { workerData } from 'node:worker_threads'
import { CELL, type CrewData, claimTask, finishTask, QUIT } from './crew-cell.ts'
import { type OperationCode, Operations } from './operation.ts'

/** Looks at the ticket before the thread sleeps. */
const LOOKS_MAX = 2_000

const { area, cells } = workerData as CrewData
const operations = new Operations(area)

for (let looks = 0; ; looks++) {
  const ticket = Atomics.load(cells, CELL.ticket)
  if (ticket === QUIT) break
  const task = claimTask(cells)
  if (task === undefined) {
    if (looks < LOOKS_MAX) continue
    Atomics.wait(cells, CELL.ticket, ticket)
  } else {
    try {
      operations.run(cells[CELL.operation] as OperationCode, task)
    } catch {
      Atomics.store(cells, CELL.failed, 1)
    }
    finishTask(cells)
  }
  looks = 0
}
