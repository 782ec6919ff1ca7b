/** What an instruction does with the places that follow it, which begin at the next one unless said otherwise. */
export const OP = { SET: 0, SPLIT: 1, JUMP: 2, SAVE: 3, START: 4, END: 5, MATCH: 6 } as const

/**
 * A pattern as instructions: `SET a` goes on where the character is of set `a`; `SPLIT a b` goes on at both, first at `a`; `JUMP a` at `a`;
 * `SAVE a` notes the place in the text; `START` and `END` hold at the ends of the text. Sets are ascending ranges of code points.
 */
export interface RegexProgram {
  readonly ops: readonly number[]
  readonly a: readonly number[]
  readonly b: readonly number[]
  readonly sets: readonly (readonly number[])[]
  readonly groups: number
}

interface State {
  /** Instructions that wait for a character, or for the end of the text. */
  readonly places: readonly number[]
  readonly matched: boolean
  matchedAtEnd: boolean | undefined
  /** Next state by class of character; −1 where it is not known yet. */
  readonly next: Int32Array
}

/** States that are kept; when there are more, all are made anew. */
const STATES_MAX = 2_000
const ASCII = 128

/**
 * Finds a pattern in time linear in the text: whether it occurs by states of the instructions that are alive, made when they are first
 * met (a lazy DFA); what its groups matched by threads in order of preference, at most one per instruction (Thompson, Pike).
 */
export class RegexMatcher {
  readonly #program: RegexProgram
  /** Where the class of characters changes, ascending; the class is the number of bounds up to the character. */
  readonly #bounds: readonly number[]
  readonly #asciiClasses: Uint16Array
  #states: State[] = []
  #byKey = new Map<string, number>()

  constructor(program: RegexProgram) {
    this.#program = program
    this.#bounds = [...new Set(program.sets.flatMap((set) => set.map((code, i) => (i % 2 === 0 ? code : code + 1))))].sort((x, y) => x - y)
    this.#asciiClasses = Uint16Array.from({ length: ASCII }, (_, code) => this.#searchClass(code))
  }

  test(text: string): boolean {
    let state = this.#start()
    for (let at = 0; at < text.length; at++) {
      if (state.matched) return true
      let code = text.charCodeAt(at)
      if (code >= 0xd800 && code < 0xdc00) code = text.codePointAt(at++) as number
      const character = code < ASCII ? this.#asciiClasses[code] : this.#searchClass(code)
      const next = state.next[character]
      state = next < 0 ? this.#follow(state, character, code) : this.#states[next]
    }
    state.matchedAtEnd ??= this.#closure(state.places, { start: false, end: true }).includes(-1)
    return state.matched || state.matchedAtEnd
  }

  /** The part that the group matched first; undefined where there is none. */
  extract(text: string, group: number): string | undefined {
    if (!this.test(text)) return undefined
    const saved = this.#run(text)
    const [from, to] = [saved?.[group * 2] ?? -1, saved?.[group * 2 + 1] ?? -1]
    return from < 0 || to < 0 ? undefined : text.slice(from, to)
  }

  #searchClass(code: number): number {
    let low = 0
    let high = this.#bounds.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.#bounds[middle] <= code) low = middle + 1
      else high = middle
    }
    return low
  }

  #start(): State {
    const state = this.#states[0]
    if (state !== undefined) return state
    return this.#state('start', this.#closure([0], { start: true, end: false }))
  }

  #follow(state: State, character: number, code: number): State {
    const { ops, a } = this.#program
    const alive = state.places.filter((place) => ops[place] === OP.SET && this.#holds(a[place], code)).map((place) => place + 1)
    const places = this.#closure([...alive, 0], { start: false, end: false })
    const key = places.join()
    const known = this.#byKey.get(key)
    if (known !== undefined) {
      state.next[character] = known
      return this.#states[known]
    }
    if (this.#states.length >= STATES_MAX) {
      this.#states = []
      this.#byKey.clear()
      this.#start()
    } else state.next[character] = this.#states.length
    return this.#state(key, places)
  }

  #state(key: string, places: readonly number[]): State {
    const next = new Int32Array(this.#bounds.length + 1).fill(-1)
    const state = { places, matched: places.includes(-1), matchedAtEnd: undefined, next }
    this.#byKey.set(key, this.#states.length)
    this.#states.push(state)
    return state
  }

  /** Instructions that wait, reached from the given ones; −1 where a match is reached. */
  #closure(from: readonly number[], at: { readonly start: boolean; readonly end: boolean }): readonly number[] {
    const { ops, a, b } = this.#program
    const seen = new Set<number>()
    const found = new Set<number>()
    const open = [...from]
    for (let place = open.pop(); place !== undefined; place = open.pop()) {
      if (place < 0 || seen.has(place)) continue
      seen.add(place)
      const op = ops[place]
      if (op === OP.SPLIT) open.push(a[place], b[place])
      else if (op === OP.JUMP) open.push(a[place])
      else if (op === OP.SAVE || (op === OP.START && at.start) || (op === OP.END && at.end)) open.push(place + 1)
      else if (op === OP.MATCH) found.add(-1)
      else if (op !== OP.START) found.add(place)
    }
    return [...found].sort((x, y) => x - y)
  }

  #holds(set: number, code: number): boolean {
    const ranges = this.#program.sets[set]
    for (let i = 0; i < ranges.length; i += 2) if (code >= ranges[i] && code <= ranges[i + 1]) return true
    return false
  }

  /** Where the groups of the preferred of the first matches begin and end. */
  #run(text: string): readonly number[] | undefined {
    const { ops, a } = this.#program
    let threads: Thread[] = []
    let found: readonly number[] | undefined
    for (let at = 0; ; ) {
      const code = at < text.length ? (text.codePointAt(at) as number) : -1
      const added = new Set<number>()
      const current: Thread[] = []
      for (const thread of threads) this.#add(current, added, { thread, at, text })
      if (found === undefined) this.#add(current, added, { thread: { place: 0, saved: [] }, at, text })
      if (current.length === 0) return found
      threads = []
      for (const { place, saved } of current) {
        if (ops[place] === OP.MATCH) {
          found = saved
          break
        }
        if (code >= 0 && this.#holds(a[place], code)) threads.push({ place: place + 1, saved })
      }
      if (code < 0) return found
      at += code > 0xffff ? 2 : 1
    }
  }

  /** Adds the thread where it waits for a character or matched, in order of preference. */
  #add(current: Thread[], added: Set<number>, from: { readonly thread: Thread; readonly at: number; readonly text: string }): void {
    const { ops, a, b } = this.#program
    const open = [from.thread]
    for (let thread = open.pop(); thread !== undefined; thread = open.pop()) {
      const { place, saved } = thread
      if (added.has(place)) continue
      added.add(place)
      const op = ops[place]
      if (op === OP.SPLIT) open.push({ place: b[place], saved }, { place: a[place], saved })
      else if (op === OP.JUMP) open.push({ place: a[place], saved })
      else if (op === OP.SAVE) open.push({ place: place + 1, saved: savedAt(saved, a[place], from.at) })
      else if (op === OP.START || op === OP.END) {
        if (from.at === (op === OP.START ? 0 : from.text.length)) open.push({ place: place + 1, saved })
      } else current.push(thread)
    }
  }
}

interface Thread {
  readonly place: number
  /** Places in the text by number of the note; absent where none was taken. */
  readonly saved: readonly number[]
}

function savedAt(saved: readonly number[], slot: number, at: number): readonly number[] {
  const copy = saved.slice()
  copy[slot] = at
  return copy
}
