import { createWriteStream, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'

/** An access log that is appended to. */
export interface LogFile {
  readonly write: (line: string) => void
  /** Resolves when every line is in the file. */
  readonly close: () => Promise<void>
}

const FLUSH_MS = 20
const PENDING_CHARS_MAX = 1 << 16

/** Appends lines; what is written lies in the file some milliseconds later, always whole lines. */
export function openLogFile(path: string): LogFile {
  mkdirSync(dirname(path), { recursive: true })
  const out = createWriteStream(path, { flags: 'a' })
  let failure: Error | undefined
  out.on('error', (error) => {
    failure = error
  })
  let pending = ''
  const flush = (): void => {
    if (pending !== '') out.write(pending)
    pending = ''
  }
  const timer = setInterval(flush, FLUSH_MS)
  return {
    write: (line) => {
      if (failure) throw failure
      pending += line
      if (pending.length > PENDING_CHARS_MAX) flush()
    },
    close: async () => {
      clearInterval(timer)
      flush()
      if (!failure) await new Promise<void>((resolve) => out.end(resolve))
      if (failure) throw failure
    },
  }
}
