import { setTimeout as sleep } from 'node:timers/promises'

/** What comes of work in this time, ms; undefined later. Its failure passes through while somebody waits. */
export async function within<T>(msMax: number, work: Promise<T>): Promise<T | undefined> {
  const waiting = new AbortController()
  work.catch(() => {})
  try {
    return await Promise.race([work, sleep(Math.max(0, msMax), undefined, { signal: waiting.signal }).catch(() => undefined)])
  } finally {
    waiting.abort()
  }
}
