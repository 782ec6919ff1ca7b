import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { operatingError } from '@millrace/core'
import { type JarSet, pomOf } from './jar-set.ts'

const RESOLVE_MS_MAX = 15 * 60_000
/** Characters of Maven's output that are shown, from its end. */
const OUTPUT_MAX = 2_000

/** Where the checksums of a set are kept, in the form of `sha256sum`. */
export function checksumFile(set: JarSet): string {
  return join(import.meta.dirname, 'jars', `${set.name}.sha256`)
}

/**
 * The folder with the jars of a set in the user's cache folder, resolved by Maven when they are not there yet. Each jar is one that the
 * list of checksums names, with that content, and none is missing.
 */
export function resolveJars(set: JarSet): string {
  const wanted = readFileSync(checksumFile(set), 'utf8')
  const version = createHash('sha256').update(wanted).digest('hex').slice(0, 16)
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'millrace')
  const folder = join(cache, `${set.name}-${version}`)
  if (existsSync(folder)) return folder
  mkdirSync(cache, { recursive: true })
  const making = mkdtempSync(join(cache, `${set.name}-making-`))
  try {
    downloadJars(set, making)
    const found = checksums(making)
    if (found !== wanted) throw otherJars(set, found, wanted)
    renameSync(making, folder)
  } catch (error) {
    rmSync(making, { recursive: true, force: true })
    // Another process may have put the same folder there meanwhile.
    if (!existsSync(folder)) throw error
  }
  return folder
}

/** Has Maven copy the jars of a set into a folder. */
export function downloadJars(set: JarSet, folder: string): void {
  const pom = join(folder, 'pom.xml')
  writeFileSync(pom, pomOf(set))
  process.stderr.write(`millrace: resolving the jars of ${set.name}, once\n`)
  const args = ['-q', '-B', '-f', pom, 'dependency:copy-dependencies', `-DoutputDirectory=${folder}`]
  const { status, stdout, stderr, error } = spawnSync('mvn', args, { encoding: 'utf8', timeout: RESOLVE_MS_MAX })
  rmSync(pom)
  if (status === 0) return
  const missing = (error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT'
  const output = `${error?.message ?? ''}${stdout ?? ''}${stderr ?? ''}`.trim().slice(-OUTPUT_MAX)
  const advice = missing
    ? 'Install Java 17 and Maven (Debian: apt install openjdk-17-jre-headless maven).'
    : 'See that Maven reaches Maven Central or a mirror of it (settings.xml), then try again.'
  throw operatingError('cluster/not-resolved', `The jars of ${set.name} could not be resolved: ${output}\n${advice}`, {
    asked: set.name,
    found: output,
    do: advice,
  })
}

/** The checksums of all jars of a folder, by name, in the form of `sha256sum`. */
export function checksums(folder: string): string {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.jar'))
    .sort()
    .map(
      (name) =>
        `${createHash('sha256')
          .update(readFileSync(join(folder, name)))
          .digest('hex')}  ${name}\n`,
    )
    .join('')
}

function otherJars(set: JarSet, found: string, wanted: string): Error {
  const known = new Set(wanted.split('\n'))
  const names = found.split('\n').filter((line) => !known.has(line))
  const missing = wanted.split('\n').filter((line) => !found.includes(line))
  return operatingError(
    'cluster/other-jars',
    `Maven brought other jars for ${set.name} than the list of checksums names: ${[...names, ...missing].join(', ')}.`,
    {
      asked: `${set.name}.sha256`,
      found: names,
      do: 'See that the mirror is to be trusted; a wanted change of versions is noted with `npm run cluster:jars`.',
    },
  )
}
