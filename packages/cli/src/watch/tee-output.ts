import type { DevEvent, DevOutput } from '../dev/dev-event.ts'

/** Shows every event in several places; the slowest decides when more may come. */
export class TeeOutput implements DevOutput {
  readonly #outputs: readonly DevOutput[]

  constructor(outputs: readonly DevOutput[]) {
    this.#outputs = outputs
  }

  async show(event: DevEvent): Promise<void> {
    await Promise.all(this.#outputs.map((output) => output.show(event)))
  }

  close(): void {
    for (const output of this.#outputs) output.close()
  }
}
