import { fileURLToPath } from 'node:url'

/** File and line of a declaration, for messages. */
export interface DeclaredAt {
  readonly file: string
  readonly line: number
}

const FRAME = /\(?((?:file:\/\/)?\/[^()]*?|[A-Za-z]:[^()]*?):(\d+):\d+\)?$/

/** Where the caller of the declaring function stands: the first stack frame outside this library. */
export function declaredAt(): DeclaredAt | undefined {
  const holder: { stack?: string } = {}
  Error.captureStackTrace(holder, declaredAt)
  for (const line of (holder.stack ?? '').split('\n').slice(1)) {
    const match = FRAME.exec(line.trim())
    if (match === null) continue
    const file = match[1].startsWith('file://') ? fileURLToPath(match[1].split('?')[0]) : match[1].split('?')[0]
    if (!isOwnFile(file)) return { file, line: Number(match[2]) }
  }
  return undefined
}

const OWN_FOLDER = fileURLToPath(new URL('..', import.meta.url))

function isOwnFile(file: string): boolean {
  return file.startsWith(OWN_FOLDER) && !file.endsWith('.test.ts')
}
