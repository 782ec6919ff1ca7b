import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type FlinkAddress, type FlinkOptions, startFlink, stopFlink } from '../../scripts/cluster/flink-server.ts'
import { runningServer } from '../../scripts/cluster/server-process.ts'
import { lives } from '../../scripts/process/running-process.ts'

/** A Flink of a test's own, whose processes may be killed. */
export class OwnFlink {
  readonly folder = mkdtempSync(join(tmpdir(), 'millrace-flink-'))
  readonly #options: Omit<FlinkOptions, 'folder'>

  constructor(options: Omit<FlinkOptions, 'folder'>) {
    this.#options = options
  }

  /** Starts those of its processes that do not run. */
  start(): Promise<FlinkAddress> {
    return startFlink({ ...this.#options, folder: this.folder })
  }

  /** Ends one of its processes at once, as a machine that fails does. */
  async kill(name: 'jobmanager' | 'taskmanager'): Promise<void> {
    const found = runningServer({ name, folder: this.folder })
    if (found === undefined) throw new RangeError(`no ${name} runs`)
    process.kill(found.pid, 'SIGKILL')
    while (lives(found)) await sleep(20)
  }

  async remove(): Promise<void> {
    await stopFlink(this.folder)
    rmSync(this.folder, { recursive: true, force: true })
  }
}
