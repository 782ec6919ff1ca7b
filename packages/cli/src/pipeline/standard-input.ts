import { createReadStream, fstatSync } from 'node:fs'
import { Socket } from 'node:net'
import type { Readable } from 'node:stream'

/**
 * Standard input by its descriptor, for a worker thread, whose own `process.stdin` is another. A pipe is read as a socket: it may
 * be in non-blocking mode, and a reader that waits on it can be destroyed.
 */
export function standardInput(): Readable {
  const stat = fstatSync(0)
  if (stat.isFIFO() || stat.isSocket()) return new Socket({ fd: 0, readable: true, writable: false })
  return createReadStream('', { fd: 0, autoClose: false })
}
