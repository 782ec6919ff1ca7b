import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type KafkaOptions, startKafka, stopKafka } from '../../scripts/cluster/kafka-server.ts'

/** A broker of a test's own, which may be killed, stopped and set up in another way. */
export class OwnKafka {
  readonly folder = mkdtempSync(join(tmpdir(), 'millrace-broker-'))
  readonly #options: Omit<KafkaOptions, 'folder'>

  constructor(options: Omit<KafkaOptions, 'folder'>) {
    this.#options = options
  }

  /** Returns its address. */
  start(): Promise<string> {
    return startKafka({ heapMb: 256, ...this.#options, folder: this.folder })
  }

  signal(name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void {
    process.kill(this.#pid, name)
  }

  /** Ends it at once, as a machine that fails does. */
  async kill(): Promise<void> {
    const pid = this.#pid
    process.kill(pid, 'SIGKILL')
    while (isThere(pid)) await sleep(20)
  }

  async remove(): Promise<void> {
    await stopKafka(this.folder)
    rmSync(this.folder, { recursive: true, force: true })
  }

  get #pid(): number {
    return (JSON.parse(readFileSync(join(this.folder, 'pid', 'kafka.json'), 'utf8')) as { pid: number }).pid
  }
}

function isThere(pid: number): boolean {
  try {
    // A process that ended and was not waited for yet still takes signals; its state says so.
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')
  } catch {
    return false
  }
}
