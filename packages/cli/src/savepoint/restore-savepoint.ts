import { cpSync, existsSync, renameSync, rmSync } from 'node:fs'
import { sinkConsumer } from '@millrace/connect'
import { operatingError, userError } from '@millrace/core'
import type { Lake } from '@millrace/lake'
import { openLog } from '@millrace/log-lmdb'
import { restoredDir } from '../pipeline/scope-log.ts'
import { liveScope, type Scope } from '../scope/scope.ts'
import { otherProcesses } from '../share/sharers.ts'
import { type NamedSavepoint, type SavepointPlace, savepointLogDir, savepointOf } from './named-savepoint.ts'

export interface RestoreRequest extends SavepointPlace {
  readonly name: string
  readonly lake: Lake
}

/** In the log of a scope that a savepoint is being brought back into: its tables may not be there yet. */
const RESTORING_KEY = 'restoring'
/** What the names of sinks' consumers begin with. */
const SINKS = sinkConsumer('')

/**
 * Brings an environment back to a savepoint: the log with all state and positions, then the tables, whose later snapshots stay behind. When it is
 * cut off, nothing may run before it was done again.
 *
 * @throws user `savepoint/unknown`, `savepoint/sinks-went-on`; operating `up/views-computed`
 */
export async function restoreSavepoint({ name, lake, ...place }: RestoreRequest): Promise<NamedSavepoint> {
  const savepoint = savepointOf(place, name)
  const scope = liveScope(place.stateDir, place.env)
  const kept = savepointLogDir(place, name)
  if (existsSync(scope.logDir)) await checkRestorable(scope, kept)
  await putLog(scope.logDir, kept, name)
  for (const table of await lake.tables(scope.namespace)) await putTable(lake, { namespace: scope.namespace, table }, savepoint)
  const log = openLog({ path: scope.logDir })
  await log.transact((transaction) => transaction.remove(RESTORING_KEY)).finally(() => log.close())
  return savepoint
}

/** Refuses a scope into which a savepoint was only half brought back. @throws operating `savepoint/unfinished` */
export async function refuseUnfinished({ logDir, env }: Scope): Promise<void> {
  let name: string | undefined = existsSync(restoredDir(logDir)) ? '' : undefined
  if (name === undefined && existsSync(logDir)) {
    const log = openLog({ path: logDir })
    const bytes = log.get(RESTORING_KEY)
    await log.close()
    name = bytes === undefined ? undefined : Buffer.from(bytes).toString('utf8')
  }
  if (name === undefined) return
  throw operatingError('savepoint/unfinished', `Environment \`${env}\` was being brought back to a savepoint, and that was cut off.`, {
    asked: env,
    found: name,
    do: `Do it again: \`millrace savepoint restore ${name === '' ? 'NAME' : name}\`.`,
  })
}

async function checkRestorable({ logDir, env }: Scope, kept: string): Promise<void> {
  const [log, old] = [openLog({ path: logDir, readOnly: true }), openLog({ path: kept, readOnly: true })]
  try {
    const pids = otherProcesses(log)
    if (pids.length > 0)
      throw operatingError(
        'up/views-computed',
        `Views of environment \`${env}\` are computed by process${pids.length > 1 ? 'es' : ''} ${pids.join(', ')}.`,
        {
          asked: env,
          found: pids,
          do: `Stop what computes them first (kill ${pids.join(' ')}).`,
        },
      )
    const ahead = log
      .stats()
      .topics.flatMap(({ topic, consumers }) => consumers.map(({ consumer, positions }) => ({ topic, consumer, positions })))
      .filter(({ topic, consumer, positions }) =>
        positions.some((next, partition) => isSink(consumer) && (next ?? 0) > (positionIn(old, { topic, consumer, partition }) ?? 0)),
      )
    if (ahead.length === 0) return
    const names = [...new Set(ahead.map(({ consumer }) => consumer.slice(SINKS.length)))]
    throw userError(
      'savepoint/sinks-went-on',
      `Sinks have carried rows out since that savepoint, which nothing takes back: ${names.join(', ')}.`,
      {
        asked: env,
        found: names,
        do: 'Start over in another environment (`--env`), or without these sinks.',
      },
    )
  } finally {
    await log.close()
    await old.close()
  }
}

function isSink(consumer: string): boolean {
  return consumer.startsWith(SINKS)
}

function positionIn(
  log: ReturnType<typeof openLog>,
  { topic, consumer, partition }: { readonly topic: string; readonly consumer: string; readonly partition: number },
): number | undefined {
  const known = log.topics().find((one) => one.topic === topic)
  return known === undefined || partition >= known.partitions ? undefined : log.position(consumer, topic, partition)
}

/** Puts the kept log in the place of the one that is there, marked until the tables follow. */
async function putLog(logDir: string, kept: string, name: string): Promise<void> {
  const made = `${logDir}.part`
  rmSync(made, { recursive: true, force: true })
  cpSync(kept, made, { recursive: true })
  const log = openLog({ path: made })
  await log.transact((transaction) => transaction.put(RESTORING_KEY, Buffer.from(name))).finally(() => log.close())
  rmSync(restoredDir(logDir), { recursive: true, force: true })
  renameSync(made, restoredDir(logDir))
  rmSync(logDir, { recursive: true, force: true })
  renameSync(restoredDir(logDir), logDir)
}

/** Makes the snapshot of a savepoint the one that readers see, by a commit on it that adds nothing. */
async function putTable(lake: Lake, name: { namespace: string; table: string }, { tables }: NamedSavepoint): Promise<void> {
  const wanted = tables[name.table] ?? null
  const current = await lake.current(name)
  if ((current?.id ?? null) === wanted) return
  const snapshot = (await lake.snapshots(name)).find(({ id }) => id === wanted)
  await lake.append(name, { batches: [], positions: snapshot?.positions ?? {}, parent: wanted })
}
