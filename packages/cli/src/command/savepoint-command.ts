import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { userError } from '@millrace/core'
import { type EmbeddedLog, openLog } from '@millrace/log-lmdb'
import { acquireWriterLease } from '@millrace/store'
import { recordedEngine } from '../dev/live-scope.ts'
import { printJson, printText } from '../output/print.ts'
import { textTable } from '../output/table.ts'
import { changedPlans, PLANS_KEY, planHashes } from '../pipeline/scope-log.ts'
import { loadProject } from '../project/load-project.ts'
import { changeLines } from '../savepoint/change-lines.ts'
import { createSavepoint } from '../savepoint/create-savepoint.ts'
import { type DefinitionChange, definitionChange } from '../savepoint/definition-change.ts'
import { dropSavepoint } from '../savepoint/drop-savepoint.ts'
import { type SavepointPlace, savepointLogDir, savepointOf, savepoints } from '../savepoint/named-savepoint.ts'
import { type RecordedChange, recordedChanges } from '../savepoint/recorded-change.ts'
import { restoreSavepoint } from '../savepoint/restore-savepoint.ts'
import { flinkChange } from '../scaled/flink-change.ts'
import { checkEnv, liveScope } from '../scope/scope.ts'
import { type CommonOptions, stateDir } from './common-options.ts'
import { withServices } from './table-access.ts'

/** What `millrace savepoint check --json` prints. */
interface CheckDocument {
  readonly env: string
  /** Whether `dev` and `up` would go on with the state. */
  readonly compatible: boolean
  /** By stream and view that is not the same. */
  readonly assets: DefinitionChange['assets']
}

/** Says what the project's definitions mean for the live state, or for a savepoint, beside whoever runs; exit status 1 where it cannot go on. */
export async function checkCommand(options: CommonOptions, name?: string): Promise<void> {
  const { project } = await loadProject(options.project)
  const change = await reading(logDirOf(options, name), options, (log) => {
    const changed = changedPlans(log.get(PLANS_KEY), planHashes(project))
    if (changed.length === 0) return { assets: {}, compatible: true }
    const changeOf = recordedEngine(log) === 'flink' ? flinkChange : definitionChange
    return changeOf(log, project) ?? { assets: Object.fromEntries(changed.map((name) => [name, UNRECORDED])), compatible: false }
  })
  const document: CheckDocument = { env: options.env, compatible: change.compatible, assets: change.assets }
  if (options.json === true) printJson(document)
  else printText([...changeLines(document.assets), verdictOf(document)].join('\n'))
  if (!document.compatible) process.exitCode = 1
}

const UNRECORDED: DefinitionChange['assets'][string] = {
  state: 'refused',
  added: [],
  removed: [],
  reasons: ['has another definition, and the state is older than the record of what it was'],
  complete_from: null,
}

function verdictOf({ env, compatible, assets }: CheckDocument): string {
  if (!compatible) return `The state of ${env} cannot go on under these definitions; nothing is touched.`
  return Object.keys(assets).length === 0
    ? `Nothing has changed for the state of ${env}.`
    : `The state of ${env} can go on under these definitions.`
}

/** The changes that an environment's state has gone on with. */
export async function changesCommand(options: CommonOptions): Promise<void> {
  const changes = await reading(logDirOf(options), options, (log): readonly RecordedChange[] => recordedChanges(log))
  if (options.json === true) printJson({ env: options.env, changes })
  else printText(changes.flatMap(({ at, assets }) => [at, ...changeLines(assets).map((line) => `  ${line}`)]).join('\n') || 'none')
}

/** Keeps what an environment follows with at this moment under a name, beside whoever runs. */
export async function createCommand(options: CommonOptions, name = nameOfNow()): Promise<void> {
  const loaded = await loadProject(options.project)
  await reading(logDirOf(options), options, () => {})
  const place = placeOf(options)
  const savepoint = await withServices(options, ({ lake }) => createSavepoint({ ...place, name, project: loaded.project.name, lake }))
  if (options.json === true) printJson({ savepoint })
  else printText(`Savepoint ${name} keeps ${options.env} as it was at ${savepoint.at}.`)
}

/** Brings an environment back to a savepoint; nobody may run meanwhile. */
export async function restoreCommand(options: CommonOptions, name: string): Promise<void> {
  const place = placeOf(options)
  const lease = await acquireWriterLease({ ...place, command: 'savepoint restore' })
  try {
    const savepoint = await withServices(options, ({ lake }) => restoreSavepoint({ ...place, name, lake }))
    if (options.json === true) printJson({ savepoint })
    else printText(`Environment ${options.env} is as it was at ${savepoint.at}; the next start goes on from there.`)
  } finally {
    await lease.release()
  }
}

/** The savepoints of an environment. */
export async function listCommand(options: CommonOptions): Promise<void> {
  const all = savepoints(placeOf(options))
  if (options.json === true) printJson({ env: options.env, savepoints: all })
  else
    printText(
      all.length === 0
        ? 'none'
        : textTable(
            ['savepoint', 'at', 'project'],
            all.map(({ name, at, project }) => [name, at, project]),
          ),
    )
}

/** Forgets a savepoint; what only its tags kept may expire. */
export async function dropCommand(options: CommonOptions, name: string): Promise<void> {
  const place = placeOf(options)
  savepointOf(place, name)
  await withServices(options, ({ lake }) => dropSavepoint({ ...place, name, lake }))
  if (options.json === true) printJson({ dropped: name })
  else printText(`Savepoint ${name} is forgotten.`)
}

/** `2026-03-01T10-02-00Z`: names have no colons. */
function nameOfNow(): string {
  return new Date().toISOString().replace(/\.\d+/, '').replaceAll(':', '-')
}

function placeOf(options: CommonOptions): SavepointPlace {
  return { stateDir: stateDir(options), env: checkEnv(options.env) }
}

function logDirOf(options: CommonOptions, savepoint?: string): string {
  const place = placeOf(options)
  if (savepoint === undefined) return liveScope(place.stateDir, place.env).logDir
  return savepointLogDir(place, savepointOf(place, savepoint).name)
}

async function reading<T>(logDir: string, { env }: CommonOptions, look: (log: EmbeddedLog) => T): Promise<T> {
  if (!existsSync(join(logDir, 'data.mdb'))) {
    throw userError('savepoint/no-state', `Environment \`${env}\` follows nothing yet.`, {
      asked: env,
      found: 'no live state',
      do: 'Start `millrace dev` or `millrace up` first.',
    })
  }
  const log = openLog({ path: logDir, readOnly: true })
  try {
    return look(log)
  } finally {
    await log.close()
  }
}
