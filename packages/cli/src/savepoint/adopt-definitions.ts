import { type MillraceError, operatingError, userError } from '@millrace/core'
import { writeStateChange } from '@millrace/engine-stream'
import type { EmbeddedLog } from '@millrace/log-lmdb'
import { changedPlans, PLANS_KEY, planHashes } from '../pipeline/scope-log.ts'
import type { LoadedProject } from '../project/load-project.ts'
import { otherProcesses } from '../share/sharers.ts'
import { type AssetChange, type DefinitionChange, definitionChange } from './definition-change.ts'
import { recordDefinitions, recordedDefinitions } from './definition-record.ts'
import { noteChange, type RecordedChange } from './recorded-change.ts'

/**
 * Brings a live scope's state under the project's definitions: a fresh one takes them on, one of the same stays, one of others goes on where its
 * state can, which `changeOf` says. Returns what changed.
 *
 * @throws user `dev/definition-changed` naming what cannot go on, with nothing touched; operating `up/views-computed`
 */
export async function adoptDefinitions(
  log: EmbeddedLog,
  loaded: LoadedProject,
  { env, changeOf = definitionChange }: { readonly env: string; readonly changeOf?: typeof definitionChange },
): Promise<RecordedChange | undefined> {
  const { project } = loaded
  const hashes = planHashes(project)
  const recorded = log.get(PLANS_KEY)
  const changed = recorded === undefined ? [] : changedPlans(recorded, hashes)
  if (changed.length === 0) {
    if (recorded === undefined || recordedDefinitions(log).size === 0) await write(log, loaded)
    return undefined
  }
  const change = changeOf(log, project)
  if (change === undefined || !change.compatible) throw cannotGoOn(env, changed, change)
  const pids = otherProcesses(log)
  if (pids.length > 0) throw othersCompute(changed, pids)
  return write(log, loaded, change)
}

async function write(log: EmbeddedLog, { project }: LoadedProject, change?: DefinitionChange): Promise<RecordedChange | undefined> {
  return log.transact((transaction) => {
    for (const state of change?.states ?? []) writeStateChange(log, transaction, state)
    transaction.put(PLANS_KEY, Buffer.from(JSON.stringify(planHashes(project))))
    recordDefinitions(log, transaction, project)
    return change === undefined ? undefined : noteChange(log, transaction, change.assets)
  })
}

function cannotGoOn(env: string, changed: readonly string[], change: DefinitionChange | undefined): MillraceError {
  const refused = Object.entries(change?.assets ?? {}).filter(([, { state }]) => state === 'refused')
  const reasons = refused.map(([name, asset]) => `\`${name}\` ${reasonsOf(asset)}`)
  const names = (change === undefined ? changed : refused.map(([name]) => name)).map((name) => `\`${name}\``)
  return userError(
    'dev/definition-changed',
    `Environment \`${env}\` follows with another definition of ${names.join(', ')}, under which its state cannot go on${reasons.length === 0 ? '' : `: ${reasons.join('; ')}`}.`,
    {
      asked: change === undefined ? changed : refused.map(([name]) => name),
      found: reasons.length === 0 ? 'live state of other definitions' : reasons,
      do: 'Nothing was touched: the previous definition goes on. Give what is new another name, start over with `millrace dev --reset`, which reads the sources again, or keep both with `--env NAME`.',
    },
  )
}

function reasonsOf({ reasons }: AssetChange): string {
  return reasons.join(' and ')
}

function othersCompute(changed: readonly string[], pids: readonly number[]): MillraceError {
  return operatingError(
    'up/views-computed',
    `The definition of ${changed.map((name) => `\`${name}\``).join(', ')} has changed, but views are computed by process${pids.length > 1 ? 'es' : ''} ${pids.join(', ')} with the previous one.`,
    { asked: changed, found: pids, do: `Stop what computes them first (kill ${pids.join(' ')}), then start all from the new version.` },
  )
}
