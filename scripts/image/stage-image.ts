import { cpSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { userError } from '@millrace/core'
import { buildPackages } from '../build/build-packages.ts'

const COMMON: readonly string[] = [
  'package.json',
  'package-lock.json',
  '.npmrc',
  'LICENSE',
  'examples/weblogs/package.json',
  'examples/weblogs/millrace.config.ts',
  'examples/weblogs/weblogs.ts',
  'examples/weblogs/runbooks',
]

/** The images, and what each has beyond the built packages. Folders are copied whole, but for tests. */
const IMAGES: Readonly<Record<string, readonly string[]>> = {
  production: COMMON,
  test: [...COMMON, 'examples/weblogs/simulator', 'deploy/docker/test-entry.ts'],
}

/** Packages that are for tests and benchmarks only. */
const LEFT_OUT: ReadonlySet<string> = new Set(['testkit'])
const TEST_FILE = /\.(test|bench)\.[a-z]+$/

export interface StageOptions {
  /** The repository. */
  readonly root: string
  /** `production` or `test`. */
  readonly image: string
  /** Folder that becomes the image's /app; it is emptied first. */
  readonly out: string
  /** Packages that were built before, in a folder each; built anew when left out. */
  readonly built?: string
}

/** Puts the files of an image, without packages of others, into a folder. */
export function stageImage({ root, image, out, built }: StageOptions): void {
  const files = IMAGES[image]
  if (files === undefined)
    throw userError('image/unknown', `There is no image \`${image}\`.`, {
      asked: image,
      found: Object.keys(IMAGES),
      do: 'Name one of those.',
    })
  rmSync(out, { recursive: true, force: true })
  mkdirSync(out, { recursive: true })
  for (const file of files) copy(join(root, file), join(out, file))
  if (built !== undefined) copyPackages(built, out)
  else buildInto(root, out)
}

function buildInto(root: string, out: string): void {
  const scratch = mkdtempSync(join(dirname(out), '.build-'))
  try {
    buildPackages({ root, out: join(scratch, 'built') })
    mkdirSync(join(out, 'packages'))
    for (const name of packagesIn(join(scratch, 'built'))) renameSync(join(scratch, 'built', name), join(out, 'packages', name))
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

function copyPackages(built: string, out: string): void {
  for (const name of packagesIn(built)) copy(join(built, name), join(out, 'packages', name))
}

function packagesIn(built: string): string[] {
  return readdirSync(built).filter((name) => !LEFT_OUT.has(name) && !name.startsWith('.'))
}

function copy(from: string, to: string): void {
  cpSync(from, to, { recursive: true, filter: (path) => !TEST_FILE.test(path) })
}
