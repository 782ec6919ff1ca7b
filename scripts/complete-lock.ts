// Adds to package-lock.json the optional packages of other platforms that npm left out.
// A registry that does not serve a platform's package makes `npm install` write a lock without it, and npm 11's `npm ci` then refuses that lock.
// The entries carry the exact version their parent asks for, and the platform, so that npm skips them where they do not belong.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Lock, type LockEntry, missingOptionals } from './lock/lock.ts'
import { platformOf } from './lock/platform.ts'

const path = join(import.meta.dirname, '..', 'package-lock.json')
const lock: Lock = JSON.parse(readFileSync(path, 'utf8'))
const missing = missingOptionals(lock)
for (const { name, version, parent } of missing) {
  const { dev, devOptional } = lock.packages[parent]
  const entry: LockEntry = { ...(dev ? { dev } : {}), ...(devOptional ? { devOptional } : {}), optional: true, ...platformOf(name) }
  lock.packages[`node_modules/${name}`] = { version, ...Object.fromEntries(Object.entries(entry).sort(([a], [b]) => (a < b ? -1 : 1))) }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => a.localeCompare(b, 'en')))
if (missing.length > 0) writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`)
console.log(`${missing.length} optional packages added to package-lock.json`)
