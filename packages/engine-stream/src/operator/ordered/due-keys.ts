import { bytesIn, grown } from '../window/growable.ts'

/** Keys by the time at which something is due, least first: a binary heap that holds a key once. */
export class DueKeys {
  #size = 0
  #times = new Float64Array(64)
  #keys = new Int32Array(64)
  /** By key: whether it is held. */
  #held = new Uint8Array(64)

  /** Holds the key; one that is held already stays at its time. */
  add(time: number, key: number): void {
    this.#held = grown(this.#held, key + 1)
    if (this.#held[key] === 1) return
    this.#held[key] = 1
    let at = this.#size++
    this.#times = grown(this.#times, this.#size)
    this.#keys = grown(this.#keys, this.#size)
    for (let parent = (at - 1) >> 1; at > 0 && this.#times[parent] > time; parent = (at - 1) >> 1) {
      this.#put(at, this.#times[parent], this.#keys[parent])
      at = parent
    }
    this.#put(at, time, key)
  }

  /** The least time at which a key is due; infinity when none is. */
  get least(): number {
    return this.#size === 0 ? Number.POSITIVE_INFINITY : this.#times[0]
  }

  /** Takes every key whose time lies before `bound`; `visit` says when it is due again, if it is. */
  take(bound: number, visit: (key: number) => number | undefined): void {
    const again: [number, number][] = []
    while (this.#size > 0 && this.#times[0] < bound) {
      const key = this.#keys[0]
      this.#removeFirst()
      this.#held[key] = 0
      const time = visit(key)
      if (time !== undefined) again.push([time, key])
    }
    for (const [time, key] of again) this.add(time, key)
  }

  get bytes(): number {
    return bytesIn(this.#times, this.#keys, this.#held)
  }

  clear(): void {
    this.#size = 0
    this.#held.fill(0)
  }

  #removeFirst(): void {
    const size = --this.#size
    const [time, key] = [this.#times[size], this.#keys[size]]
    let at = 0
    for (let child = 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && this.#times[child + 1] < this.#times[child]) child++
      if (this.#times[child] >= time) break
      this.#put(at, this.#times[child], this.#keys[child])
      at = child
    }
    if (size > 0) this.#put(at, time, key)
  }

  #put(at: number, time: number, key: number): void {
    this.#times[at] = time
    this.#keys[at] = key
  }
}
