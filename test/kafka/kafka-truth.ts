import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface, type Interface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { KAFKA_JARS } from '../../scripts/cluster/jar-set.ts'
import { resolveJars } from '../../scripts/cluster/resolve-jars.ts'

const PROGRAM = fileURLToPath(new URL('./java/KafkaTruth.java', import.meta.url))

/** Kafka's own client in a process of Java, one command at a time. */
export class KafkaTruth {
  readonly #process: ChildProcess
  readonly #lines: AsyncIterator<string>
  readonly #reader: Interface

  constructor(brokers: string) {
    const jars = join(resolveJars(KAFKA_JARS), '*')
    // Logs go nowhere: the client would warn on standard output, where answers are.
    const args = ['-Xmx256m', '-Dlog4j2.level=OFF', '-Dorg.apache.logging.log4j.level=OFF', '-cp', jars, PROGRAM, brokers]
    this.#process = spawn('java', args, { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#reader = createInterface({ input: this.#process.stdout as NodeJS.ReadableStream })
    this.#lines = this.#reader[Symbol.asyncIterator]()
  }

  /** What the command printed. */
  async run(...words: readonly (string | number)[]): Promise<string[]> {
    this.#process.stdin?.write(`${words.join(' ')}\n`)
    const rows: string[] = []
    for (;;) {
      const { done, value } = await this.#lines.next()
      if (done === true) throw new Error(`Java ended at: ${words.join(' ')}`)
      if (value === 'done') return rows
      if (value.startsWith('failed')) throw new Error(value)
      if (value.startsWith('row ')) rows.push(value.slice(4))
    }
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('close', resolve))
    this.#process.stdin?.end()
    await ended
    this.#reader.close()
  }
}
