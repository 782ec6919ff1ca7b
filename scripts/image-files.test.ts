import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Copy, copyOf, parseDockerfile, stagesOf } from './image/dockerfile.ts'
import { stageImage } from './image/stage-image.ts'

const root = join(import.meta.dirname, '..')
const dockerfile = parseDockerfile(readFileSync(join(root, 'deploy/docker/Dockerfile'), 'utf8'))
const area = mkdtempSync(join(realpathSync(tmpdir()), 'millrace-image-'))
const built = join(area, 'built')

/** Names that only code for tests, benchmarks and simulation has. */
const FORBIDDEN =
  /simulat|testkit|vitest|fast-check|\.(test|bench|property)\.|(^|\/)(tests?|bench|fixtures)(\/|$)|test-entry|(^|\/)traffic\.|(^|\/)shop[-.]/

/** Built packages by the names that the repository has, with what a build might leave in one of them. */
beforeAll(() => {
  for (const name of readdirSync(join(root, 'packages'))) {
    put(`${name}/package.json`, readFileSync(join(root, 'packages', name, 'package.json'), 'utf8'))
    put(`${name}/dist/index.js`, '')
  }
  put('core/dist/expr/expr.test.js', '')
  put('core/dist/expr/expr.bench.js', '')
})

afterAll(() => rmSync(area, { recursive: true }))

function put(path: string, text: string): void {
  mkdirSync(dirname(join(built, path)), { recursive: true })
  writeFileSync(join(built, path), text)
}

function staged(image: string): string[] {
  const out = join(area, image)
  stageImage({ root, image, out, built })
  return readdirSync(out, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(out, join(entry.parentPath, entry.name)))
    .sort()
}

function copiesOf(target: string): Copy[] {
  return stagesOf(dockerfile, target)
    .flatMap((stage) => stage.instructions)
    .filter(({ name }) => name === 'COPY' || name === 'ADD')
    .map(copyOf)
}

/** Every file of ours that an image copies, and the names of the packages of others that are installed in it. */
function imageFiles(target: string): { readonly ours: string[]; readonly modules: string[] } {
  const ours: string[] = []
  const modules: string[] = []
  for (const { from, sources } of copiesOf(target)) {
    for (const source of sources) {
      const image = from === 'build' ? /^\/image\/(\w+)$/.exec(source)?.[1] : undefined
      if (image !== undefined) ours.push(...staged(image))
      else if (from === 'modules' && source === '/app/node_modules') modules.push(...installedModules())
      else ours.push(`${from ?? 'context'}:${source}`)
    }
  }
  return { ours, modules }
}

interface Locked {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

/** What `npm ci --omit=dev` installs: all that the packages of the image ask for, and what that asks for, from the lock file. */
function installedModules(): string[] {
  const run = dockerfile.find((stage) => stage.name === 'modules')?.instructions.find(({ name }) => name === 'RUN')
  expect(run?.text).toContain('npm ci --omit=dev --ignore-scripts')
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, Locked> }
  const asked = (one: Locked) => Object.keys({ ...one.dependencies, ...one.optionalDependencies })
  const names = new Set<string>()
  const pending = staged('production')
    .filter((path) => /^(packages|examples)\/[^/]+\/package\.json$/.test(path))
    .flatMap((path) => asked(packages[dirname(path)]))
  for (const name of pending) {
    if (names.has(name)) continue
    names.add(name)
    for (const [path, locked] of Object.entries(packages)) if (path.endsWith(`node_modules/${name}`)) pending.push(...asked(locked))
  }
  return [...names]
}

describe('the production image', () => {
  it('has the command, the declarations and the manifests', () => {
    const { ours } = imageFiles('production')
    expect(ours).toEqual(
      expect.arrayContaining([
        'package-lock.json',
        'examples/weblogs/weblogs.ts',
        'packages/cli/dist/index.js',
        'packages/core/dist/index.js',
      ]),
    )
  })

  it('has no simulator and no code for tests or benchmarks', () => {
    const { ours, modules } = imageFiles('production')
    expect(modules).toEqual(expect.arrayContaining(['lmdb', 'pg', 'kysely', '@duckdb/node-api']))
    expect([...ours, ...modules].filter((path) => FORBIDDEN.test(path))).toEqual([])
  })

  it('copies nothing but staged files and installed packages', () => {
    expect(copiesOf('production').map(({ from, sources }) => [from, ...sources])).toEqual([
      ['modules', '/app/node_modules'],
      ['build', '/image/production'],
    ])
  })

  it('declares the simulator nowhere in the files that it has', () => {
    const out = join(area, 'production')
    const naming = staged('production').filter((path) => /\.ts$/.test(path) && /simulator/.test(readFileSync(join(out, path), 'utf8')))
    expect(naming).toEqual([])
  })
})

it('has the simulator and its entry in the test image, without their tests', () => {
  const { ours } = imageFiles('test')
  expect(ours).toContain('deploy/docker/test-entry.ts')
  expect(ours.filter((path) => path.startsWith('examples/weblogs/simulator/')).length).toBeGreaterThan(0)
  expect(ours.filter((path) => /\.(test|bench)\./.test(path) || path.includes('testkit'))).toEqual([])
})

describe.each(['production', 'test'])('the %s image', (target) => {
  const instructions = stagesOf(dockerfile, target).flatMap((stage) => stage.instructions)

  it('runs as a plain user, says whether it is ready, and listens on one port', () => {
    expect(instructions.filter(({ name }) => name === 'USER').map(({ text }) => text)).toEqual(['1000:1000'])
    expect(instructions.find(({ name }) => name === 'HEALTHCHECK')?.text).toContain('http://127.0.0.1:4600/health/ready')
    expect(instructions.filter(({ name }) => name === 'EXPOSE').map(({ text }) => text)).toEqual(['4600'])
  })

  it('starts a file that it has', () => {
    const command = JSON.parse(instructions.findLast(({ name }) => name === 'CMD')?.text ?? '[]') as string[]
    expect(command[0]).toBe('node')
    expect([...imageFiles(target).ours, 'packages/millrace/bin/millrace.js']).toContain(command[1])
  })
})

it('builds all stages on the Node that the packages are pinned to', () => {
  const { node } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).devDependencies as Record<string, string>
  const outer = dockerfile.map((stage) => stage.base).filter((base) => !dockerfile.some((stage) => stage.name === base))
  expect(new Set(outer)).toEqual(new Set([`node:${node}-bookworm-slim`]))
})
