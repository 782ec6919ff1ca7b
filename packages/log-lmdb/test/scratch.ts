import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type EmbeddedLog, type OpenLogOptions, openLog } from '../src/index.ts'

/** A new folder that goes away after the test. */
export function scratchFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'millrace-log-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return path
}

/** A log that is closed after the test. */
export function scratchLog(options: Partial<OpenLogOptions> = {}): EmbeddedLog {
  const log = openLog({ path: scratchFolder(), ...options })
  onTestFinished(() => log.close())
  return log
}
