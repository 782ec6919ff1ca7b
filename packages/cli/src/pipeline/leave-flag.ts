/**
 * Asks a worker thread to leave. Threads are never terminated from outside: one that holds the log's write lock would take it
 * with it, and nobody could write or even close the log any more.
 */
export class LeaveFlag {
  readonly #cell: Int32Array

  constructor(buffer: SharedArrayBuffer = new SharedArrayBuffer(4)) {
    this.#cell = new Int32Array(buffer)
  }

  get buffer(): SharedArrayBuffer {
    return this.#cell.buffer as SharedArrayBuffer
  }

  get raised(): boolean {
    return Atomics.load(this.#cell, 0) === 1
  }

  raise(): void {
    Atomics.store(this.#cell, 0, 1)
  }
}
