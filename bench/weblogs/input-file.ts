import { createReadStream, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { generateAccessLog, WEBLOGS_SHAPE } from './generate.ts'

/** The access log of so many lines, made where it is not there yet; it stays for the next time. */
export function inputFile(lines: number): string {
  const folder = join(tmpdir(), 'millrace-bench-input')
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `access-${lines}.log`)
  generateAccessLog(file, { ...WEBLOGS_SHAPE, lines })
  return file
}

/** Reads a file once, so that the next reader finds it in the page cache. */
export async function warm(file: string): Promise<void> {
  for await (const _ of createReadStream(file, { highWaterMark: 4 * 1024 * 1024 }));
}
