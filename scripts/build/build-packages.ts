import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { userError } from '@millrace/core'
import { buildPage } from './build-page.ts'
import { builtManifest, type Manifest } from './manifest.ts'
import { leftOverPath, moduleUrls, rewriteModuleUrls } from './module-url.ts'

const SHARED_FIELDS = ['license', 'engines', 'repository', 'homepage', 'bugs'] as const

interface BuildOptions {
  /** The repository. */
  readonly root: string
  /** Folder that gets one folder per package; it is emptied first. */
  readonly out: string
}

/**
 * Builds every package that is not private as JavaScript with declarations, ready for `npm pack`. Returns the packages' folders.
 * Fails when a type does not check, or when built code still names a TypeScript file.
 */
export function buildPackages({ root, out }: BuildOptions): string[] {
  const sources = readdirSync(join(root, 'packages')).filter((name) => existsSync(join(root, 'packages', name, 'package.json')))
  const manifests = new Map(sources.map((name) => [name, readManifest(join(root, 'packages', name))]))
  const versions = new Map([...manifests.values()].map(({ name, version }) => [name, version]))
  const whole = readManifest(root)
  const shared = Object.fromEntries(SHARED_FIELDS.flatMap((field) => (whole[field] === undefined ? [] : [[field, whole[field]]])))
  rmSync(out, { recursive: true, force: true })
  const compiled = join(out, '.compiled')
  compile(root, compiled)
  const published = [...manifests].filter(([, manifest]) => manifest.private !== true)
  const folders = published.map(([name, manifest]) => {
    const folder = join(out, name)
    mkdirSync(folder, { recursive: true })
    renameSync(join(compiled, name, 'src'), join(folder, 'dist'))
    copyBeside(join(root, 'packages', name), folder, manifest)
    for (const file of ['LICENSE']) if (existsSync(join(root, file))) cpSync(join(root, file), join(folder, file))
    writeFileSync(join(folder, 'package.json'), `${JSON.stringify(builtManifest(manifest, { versions, shared }), null, 2)}\n`)
    finishModules(join(folder, 'dist'))
    buildPage({ root, source: join(root, 'packages', name), out: join(folder, 'dist/page') })
    return folder
  })
  rmSync(compiled, { recursive: true })
  return folders
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
}

function compile(root: string, outDir: string): void {
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  const { status, stdout } = spawnSync(process.execPath, [compiler, '-p', 'tsconfig.build.json', '--outDir', outDir], {
    cwd: root,
    encoding: 'utf8',
  })
  if (status === 0) return
  throw userError('build/types', `The packages do not compile:\n${stdout}`, { do: 'Mend the types named above.' })
}

/** What a package brings besides compiled code: files of `src` that are not TypeScript, its README, and the folders it lists in `bin` and `files`. */
function copyBeside(source: string, folder: string, manifest: Manifest): void {
  const bins = Object.values(manifest.bin ?? {}).map((path) => dirname(path))
  for (const name of new Set([...bins, ...(manifest.files ?? []), 'README.md'])) {
    if (existsSync(join(source, name)) && name !== 'dist') cpSync(join(source, name), join(folder, name), { recursive: true })
  }
  const src = join(source, 'src')
  const assets = readdirSync(src, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile() && !/\.tsx?$/.test(entry.name))
  for (const { parentPath, name } of assets) cpSync(join(parentPath, name), join(folder, 'dist', parentPath.slice(src.length), name))
}

function finishModules(dist: string): void {
  const modules = readdirSync(dist, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && entry.name.endsWith('.js'),
  )
  for (const { parentPath, name } of modules) {
    const path = join(parentPath, name)
    const source = readFileSync(path, 'utf8')
    const finished = rewriteModuleUrls(source)
    if (finished !== source) writeFileSync(path, finished)
    const lost = moduleUrls(finished).find((url) => !existsSync(join(parentPath, url))) ?? leftOverPath(finished)
    if (lost === undefined) continue
    throw userError('build/lost-module', `${path} names ${lost}, which is not in the built package.`, {
      asked: lost,
      do: "Write such an address as new URL('./name.ts', import.meta.url).",
    })
  }
}
