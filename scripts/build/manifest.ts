/** The fields of package.json that building reads and writes; all others are kept as they are. */
export interface Manifest {
  readonly name: string
  readonly version: string
  readonly private?: boolean
  readonly exports?: Readonly<Record<string, string>>
  readonly bin?: Readonly<Record<string, string>>
  readonly files?: readonly string[]
  readonly dependencies?: Readonly<Record<string, string>>
  readonly [field: string]: unknown
}

interface BuildContext {
  /** Version of every workspace package by name. */
  readonly versions: ReadonlyMap<string, string>
  /** Fields every package gets, e.g. license and engines of the root. */
  readonly shared: Readonly<Record<string, unknown>>
}

/** Where a source file of a package lands: `./src/a.ts` is `./dist/a.js`. Other paths stay. */
export function builtPath(path: string, extension: 'js' | 'd.ts' = 'js'): string {
  return path.replace(/^\.\/src\/(.*)\.tsx?$/, `./dist/$1.${extension}`)
}

/** package.json as it is published: plain JavaScript with types beside it, and exact versions of the other packages. */
export function builtManifest(source: Manifest, { versions, shared }: BuildContext): Manifest {
  const { devDependencies: _, scripts: __, ...kept } = source
  const exported = Object.entries(source.exports ?? {}).map(([name, path]) => [
    name,
    path.startsWith('./src/') ? { types: builtPath(path, 'd.ts'), default: builtPath(path) } : path,
  ])
  const dependencies = Object.entries(source.dependencies ?? {}).map(([name, version]) => [name, versions.get(name) ?? version])
  const binFolders = Object.values(source.bin ?? {}).map((path) => path.replace(/^\.\//, '').split('/')[0])
  return {
    ...shared,
    ...kept,
    exports: { ...Object.fromEntries(exported), './package.json': './package.json' },
    files: [...new Set(['dist', ...binFolders, ...(source.files ?? [])])],
    dependencies: Object.fromEntries(dependencies),
  }
}
