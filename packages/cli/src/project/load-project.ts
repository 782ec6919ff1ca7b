import { existsSync, globSync, statSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import {
  closest,
  compileAsset,
  type EnvironmentSettings,
  isAsset,
  type LakeSettings,
  type MillraceConfig,
  MillraceError,
  Project,
  sizeBytes,
  userError,
} from '@millrace/core'
import { checkEnvironments } from './environment-rules.ts'
import { checkUpkeep } from './upkeep-rules.ts'

/** A project as loaded from its folder. */
export interface LoadedProject {
  readonly directory: string
  readonly project: Project
  /** Log partitions of each stream. */
  readonly partitions: number
  /** Bytes that an operator of the stream engine may take in memory; undefined: as many as it needs. */
  readonly stateBytes?: number
  /** How tables are kept small while they are followed. */
  readonly lake?: LakeSettings
  /** What environments have beyond this machine, by name. */
  readonly environments?: Readonly<Record<string, EnvironmentSettings>>
}

const PARTITIONS_DEFAULT = 4
const PARTITIONS_MAX = 256
const SETTINGS: readonly string[] = ['name', 'assets', 'partitions', 'stateMemory', 'lake', 'environments']

/** Loads `millrace.config.ts` and every file that exports assets. User errors carry the file. */
export async function loadProject(folder: string): Promise<LoadedProject> {
  const directory = resolve(folder)
  const configFile = join(directory, 'millrace.config.ts')
  if (!existsSync(configFile)) {
    throw userError('project/not-found', `There is no \`millrace.config.ts\` in ${directory}.`, {
      asked: directory,
      found: existsSync(directory) && statSync(directory).isDirectory() ? 'a folder without it' : 'no such folder',
      do: 'Name a project with `--project DIR`, or make one with `millrace init DIR`.',
    })
  }
  const config = checkConfig((await importFile(configFile)).default, configFile)
  const assets = []
  for (const file of assetFiles(directory, config)) {
    for (const value of Object.values(await importFile(file))) if (isAsset(value)) assets.push(value)
  }
  const project = new Project(config.name, assets)
  for (const asset of [...project.models, ...project.alerts, ...project.sinks]) compileAsset(asset)
  checkUpkeep(config.lake, tableNames(project))
  checkEnvironments(config.environments)
  const loaded = {
    directory,
    project,
    partitions: config.partitions ?? PARTITIONS_DEFAULT,
    lake: config.lake,
    environments: config.environments,
  }
  return withStateMemory(loaded, config.stateMemory)
}

/** The project with another budget for its operators' memory, where one is given. */
export function withStateMemory(loaded: LoadedProject, size: string | undefined): LoadedProject {
  return size === undefined ? loaded : { ...loaded, stateBytes: sizeBytes(size, 'memory for state') }
}

/** Names of the tables that are written while streams are followed; of some of these there is none. */
function tableNames({ streams, computed, models }: Project): readonly string[] {
  return [
    ...streams.flatMap(({ name }) => [name, `${name}__dead_letters`]),
    ...computed.flatMap(({ name }) => [name, `${name}__late`, `${name}__dead_letters`]),
    ...models.map(({ name }) => name),
  ]
}

function assetFiles(directory: string, config: MillraceConfig): readonly string[] {
  const patterns = config.assets ?? ['**/*.ts']
  const files = globSync([...patterns], {
    cwd: directory,
    exclude: (name) => /(^|[\\/])(node_modules|\.millrace|build|dist)([\\/]|$)/.test(String(name)),
  })
  const used = [...new Set(files)].filter((file) => !/(\.test|\.d|\.config)\.ts$/.test(file)).sort()
  if (config.assets !== undefined && used.length === 0) {
    throw userError('project/no-files', `No file matches \`assets\`: ${patterns.join(', ')}.`, {
      asked: patterns,
      found: [],
      do: 'Correct the patterns in millrace.config.ts.',
      at: { file: join(directory, 'millrace.config.ts') },
    })
  }
  return used.map((file) => join(directory, file))
}

function checkConfig(config: unknown, file: string): MillraceConfig {
  const at = { file }
  if (typeof config !== 'object' || config === null) {
    throw userError('project/no-default-export', `${file} has no default export.`, {
      asked: file,
      found: 'no default export',
      do: "Write `export default defineProject({ name: '…' })`.",
      at,
    })
  }
  for (const key of Object.keys(config)) {
    if (SETTINGS.includes(key)) continue
    const near = closest(key, SETTINGS)
    throw userError(
      'project/unknown-setting',
      `Setting \`${key}\` is not known${near === undefined ? '' : `; did you mean \`${near}\`?`}`,
      { asked: key, found: SETTINGS, do: 'Use one of the settings found.', at },
    )
  }
  const { name, assets, partitions } = config as Partial<MillraceConfig>
  if (typeof name !== 'string' || !/^[a-z][a-z0-9_-]*$/.test(name)) {
    throw userError('project/bad-name', `The project's name is ${JSON.stringify(name) ?? 'missing'}.`, {
      asked: 'name',
      found: name ?? null,
      do: 'Give a name of lower case letters, digits, `-` and `_`.',
      at,
    })
  }
  if (assets !== undefined && !(Array.isArray(assets) && assets.every((one) => typeof one === 'string'))) {
    throw userError('project/bad-setting', '`assets` must be a list of glob patterns.', {
      asked: 'assets',
      found: assets,
      do: "Write e.g. `assets: ['assets/**/*.ts']`.",
      at,
    })
  }
  if (partitions !== undefined && !(Number.isInteger(partitions) && partitions >= 1 && partitions <= PARTITIONS_MAX)) {
    throw userError('project/bad-setting', `\`partitions\` is ${JSON.stringify(partitions)}; it must be 1 to ${PARTITIONS_MAX}.`, {
      asked: 'partitions',
      found: partitions,
      do: 'Give a whole number in this range.',
      at,
    })
  }
  return config as MillraceConfig
}

async function importFile(file: string): Promise<Record<string, unknown>> {
  try {
    return (await import(pathToFileURL(file).href)) as Record<string, unknown>
  } catch (error) {
    throw importFailure(error, file)
  }
}

function importFailure(error: unknown, file: string): Error {
  if (error instanceof MillraceError) {
    return error.facts.at === undefined
      ? new MillraceError(error.family, error.code, error.message, { ...error.facts, at: placeIn(error, file) })
      : error
  }
  const cause = error instanceof Error ? error : undefined
  const message = cause?.message ?? String(error)
  const at = placeIn(cause, file)
  const name = relative(process.cwd(), file)
  if (cause instanceof ReferenceError && message.includes('before initialization')) {
    return userError('project/cycle', `${name} and a file that it imports need each other: ${message}.`, {
      asked: name,
      found: message,
      do: 'Move what both need into a file of its own.',
      at,
      cause,
    })
  }
  const missing = (cause as { code?: string } | undefined)?.code === 'ERR_MODULE_NOT_FOUND'
  if (missing)
    return userError('project/missing-import', `${name} imports what is not there: ${message}`, {
      asked: name,
      found: message,
      do: 'Install the package or correct the path.',
      at,
      cause,
    })
  return userError('project/does-not-compile', `${name} does not compile: ${message}`, {
    asked: name,
    found: message,
    do: 'Correct the file.',
    at,
    cause,
  })
}

/** File and line of a failure: from a syntax error's first stack line, or the first frame in the project. */
function placeIn(error: Error | undefined, file: string): { file: string; line?: number } {
  const stack = error?.stack ?? ''
  const own = new RegExp(`${file.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}:(\\d+)`).exec(stack)
  return own === null ? { file } : { file, line: Number(own[1]) }
}
