import { readdirSync, readFileSync } from 'node:fs'

const SAMPLE_MS = 100
const KIB = 1024
/** USER_HZ: the unit of times in `/proc/<pid>/stat` on every Linux of today. */
const TICKS_PER_SECOND = 100

interface Stat {
  readonly parent: number
  readonly startedAt: string
  readonly cpuSeconds: number
}

/**
 * Watches a process and everything it ever started, servers that outlive it too: the sum of their anonymous memory (`RssAnon` of
 * `/proc/<pid>/status`; mapped files are page cache and do not count) and of their CPU time. Linux only.
 */
export class ProcessTree {
  /** Greatest sum of anonymous memory seen, bytes. */
  peakBytes = 0
  /** CPU seconds of each process, by pid and start time, as last seen. */
  readonly #members = new Map<number, Stat>()
  readonly #timer: NodeJS.Timeout

  constructor(root: number) {
    const stat = statOf(root)
    if (stat !== undefined) this.#members.set(root, stat)
    this.#timer = setInterval(() => this.#sample(), SAMPLE_MS)
  }

  /** CPU seconds of all, user and system. */
  get cpuSeconds(): number {
    let sum = 0
    for (const { cpuSeconds } of this.#members.values()) sum += cpuSeconds
    return sum
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #sample(): void {
    const living = processes()
    for (let found = true; found; ) {
      found = false
      for (const [pid, stat] of living) {
        const known = this.#members.get(pid)
        if (known?.startedAt === stat.startedAt || !this.#members.has(stat.parent)) continue
        this.#members.set(pid, stat)
        found = true
      }
    }
    let bytes = 0
    for (const [pid, { startedAt }] of this.#members) {
      const stat = living.get(pid)
      if (stat?.startedAt !== startedAt) continue
      this.#members.set(pid, stat)
      bytes += anonymousBytes(pid)
    }
    this.peakBytes = Math.max(this.peakBytes, bytes)
  }
}

function processes(): Map<number, Stat> {
  const found = new Map<number, Stat>()
  for (const name of readdirSync('/proc')) {
    const pid = Number(name)
    const stat = Number.isInteger(pid) ? statOf(pid) : undefined
    if (stat !== undefined) found.set(pid, stat)
  }
  return found
}

/** The name in `/proc/<pid>/stat` may hold spaces and parentheses: the fields are counted from its end. */
function statOf(pid: number): Stat | undefined {
  const text = readText(`/proc/${pid}/stat`)
  if (text === undefined) return undefined
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return { parent: Number(fields[1]), startedAt: fields[19], cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND }
}

function anonymousBytes(pid: number): number {
  return Number(/^RssAnon:\s+(\d+) kB$/m.exec(readText(`/proc/${pid}/status`) ?? '')?.[1] ?? 0) * KIB
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
