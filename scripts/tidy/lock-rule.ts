import { isDeepStrictEqual } from 'node:util'
import { type Lock, missingOptionals } from '../lock/lock.ts'
import type { Finding } from './finding.ts'
import type { TextFile } from './source-tree.ts'

const LOCK_FILE = 'package-lock.json'
const WORKSPACE_FILE = /^((packages|examples)\/[^/]+\/)?package\.json$/
const DEPENDENCY_FIELDS = ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'] as const

/** A lock file that installs everywhere: no registry addresses, and the optional packages of every platform. */
export function checkLock(files: readonly TextFile[]): Finding[] {
  const file = files.find(({ path }) => path === LOCK_FILE)
  if (file === undefined) return []
  const lock: Lock = JSON.parse(file.text)
  const finding = (message: string): Finding => ({ rule: 'lock', path: LOCK_FILE, message })
  const addressed = Object.entries(lock.packages).filter(([, entry]) => /^https?:/.test(entry.resolved ?? ''))
  const addresses = addressed.map(([key, { resolved }]) =>
    finding(`${key} names the address ${resolved}; .npmrc keeps omit-lockfile-registry-resolved=true.`),
  )
  const optionals = missingOptionals(lock).map(({ name, version, parent }) =>
    finding(`${parent} asks for ${name}@${version}, which is left out, so npm 11 refuses the lock; run \`node scripts/complete-lock.ts\`.`),
  )
  return [...addresses, ...optionals, ...staleWorkspaces(files, lock).map(finding)]
}

/** Workspace packages that the lock does not hold, or holds with other dependencies: `npm ci` refuses those too. */
function staleWorkspaces(files: readonly TextFile[], lock: Lock): string[] {
  return files.flatMap(({ path, text }) => {
    if (!WORKSPACE_FILE.test(path)) return []
    const folder = path === 'package.json' ? '' : path.slice(0, -'/package.json'.length)
    const entry = lock.packages[folder]
    const asked = JSON.parse(text)
    const same = entry !== undefined && DEPENDENCY_FIELDS.every((field) => isDeepStrictEqual(entry[field] ?? {}, asked[field] ?? {}))
    return same
      ? []
      : [`does not say what ${path} asks for; run \`npm install --package-lock-only\`, then \`node scripts/complete-lock.ts\`.`]
  })
}
