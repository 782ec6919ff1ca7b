/** Bytes that may wait for a slow reader of stdout. */
const WAITING_BYTES_MAX = 1024 * 1024

/** Writes to stdout without letting more wait than its maximum, and notices when nobody reads any more. */
export class StdoutWriter {
  readonly #stream: NodeJS.WriteStream
  /** Fulfilled when the reader is gone. */
  readonly gone: Promise<void>
  #isGone = false

  constructor(stream: NodeJS.WriteStream = process.stdout) {
    this.#stream = stream
    this.gone = new Promise((resolve) => {
      stream.on('error', () => {
        this.#isGone = true
        resolve()
      })
    })
  }

  async write(text: string): Promise<void> {
    if (this.#isGone) return
    this.#stream.write(text)
    if (this.#stream.writableLength > WAITING_BYTES_MAX)
      await Promise.race([this.gone, new Promise((resolve) => this.#stream.once('drain', resolve))])
  }
}
