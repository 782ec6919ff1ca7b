/** One package of package-lock.json, version 3; keys of the lock are paths like `node_modules/a/node_modules/b`. */
export interface LockEntry {
  readonly version?: string
  readonly resolved?: string
  readonly integrity?: string
  readonly dev?: boolean
  readonly devOptional?: boolean
  readonly optional?: boolean
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly os?: readonly string[]
  readonly cpu?: readonly string[]
  readonly libc?: readonly string[]
}

export interface Lock {
  packages: Record<string, LockEntry>
}

export interface MissingOptional {
  readonly name: string
  readonly version: string
  /** Key of the package that asks for it. */
  readonly parent: string
}

/** Optional dependencies that the lock names but does not hold, found the way Node looks packages up. */
export function missingOptionals(lock: Lock): MissingOptional[] {
  const missing: MissingOptional[] = []
  for (const [parent, entry] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const places = lookupPaths(parent).map((folder) => `${folder}node_modules/${name}`)
      if (!places.some((place) => place in lock.packages)) missing.push({ name, version, parent })
    }
  }
  return missing
}

/** The package's own folder and every folder above it that may hold `node_modules`, as prefixes. */
function lookupPaths(key: string): string[] {
  const parts = key.split('/node_modules/')
  const above = parts.map((_, index) => `${parts.slice(0, index + 1).join('/node_modules/')}/`)
  return [...above, '']
}
