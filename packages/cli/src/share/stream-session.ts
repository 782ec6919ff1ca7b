import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type EmbeddedLog, openLog } from '@millrace/log-lmdb'
import type { DevOutput } from '../dev/dev-event.ts'
import { changedPlans, PLANS_KEY, planHashes } from '../pipeline/scope-log.ts'
import type { LoadedProject } from '../project/load-project.ts'
import { liveScope } from '../scope/scope.ts'
import { type ControlRecord, livingControl } from './control-record.ts'
import { OwnerNotice } from './owner-notice.ts'
import { definitionsDiffer } from './same-definitions.ts'
import { ShareWatch } from './share-watch.ts'
import { startViews, streamsWithViews, type ViewLink } from './start-views.ts'

/** How often it is looked whether a process is in control. */
const LOOK_MS = 250

export interface StreamSessionOptions {
  readonly loaded: LoadedProject
  readonly stateDir: string
  readonly env: string
  readonly workers: number
  readonly output: DevOutput
  /** Fulfilled or failed when the session is to end. */
  readonly stopped: Promise<unknown>
}

/**
 * Computes views of what another process takes in, until it is stopped: waits for that process, and goes on with what is in the log
 * while it is away.
 *
 * @throws user `up/definitions-differ`; what a worker fails with
 */
export async function streamSession(options: StreamSessionOptions): Promise<void> {
  const { loaded, env, workers, output } = options
  let stoppedAt: number | undefined
  const isStopped = (): boolean => stoppedAt !== undefined
  const stopped = options.stopped.finally(() => {
    stoppedAt = performance.now()
  })
  stopped.catch(() => {})
  const log = await openedByControl(options, isStopped)
  if (log !== undefined) {
    await output.show({ kind: 'joining', project: loaded.project.name, env, pid: process.pid, workers })
    await computeUntil(stopped, { log, options, isStopped })
  }
  await stopped
  await output.show({ kind: 'stopped', drained: true, seconds: Math.round(performance.now() - (stoppedAt ?? 0)) / 1000 })
}

async function computeUntil(stopped: Promise<unknown>, session: Omit<Watching, 'links'>): Promise<void> {
  const { loaded, stateDir, env, workers } = session.options
  const links = startViews({ loaded, logDir: liveScope(stateDir, env).logDir, workers, onStream: () => {} })
  try {
    const failures = links.map((link) => link.ended.then(() => new Promise<never>(() => {})))
    await Promise.race([stopped, watchOver({ ...session, links }), ...failures])
  } finally {
    await Promise.all(links.map((link) => link.leave()))
    await session.log.close()
  }
}

/** The scope's log, once a process in control has opened it with the same definitions; undefined when stopped before. */
async function openedByControl(
  { loaded, stateDir, env, output }: StreamSessionOptions,
  isStopped: () => boolean,
): Promise<EmbeddedLog | undefined> {
  const { logDir } = liveScope(stateDir, env)
  for (let looks = 0; !isStopped(); looks++) {
    const log = existsSync(join(logDir, 'data.mdb')) ? openLog({ path: logDir }) : undefined
    if (log !== undefined && livingControl(log) !== undefined) {
      const changed = changedPlans(log.get(PLANS_KEY), planHashes(loaded.project))
      if (changed.length === 0) return log
      await log.close()
      throw definitionsDiffer(changed)
    }
    await log?.close()
    if (looks === 0) await output.show(noControl(env, 'waiting for it'))
    await sleep(LOOK_MS)
  }
  return undefined
}

interface Watching {
  readonly log: EmbeddedLog
  readonly links: readonly ViewLink[]
  readonly options: StreamSessionOptions
  readonly isStopped: () => boolean
}

/** Tells of owners and of the process in control as they come and go, and lets the workers hurry while that one ends. */
async function watchOver({ log, links, options, isStopped }: Watching): Promise<void> {
  const { loaded, env, output } = options
  const owners = new OwnerNotice(output, { alone: true })
  const shares = new ShareWatch({
    log,
    streams: streamsWithViews(loaded),
    onStream: () => {},
    onShares: (found) => owners.take(found),
  })
  let before: ControlRecord | undefined = livingControl(log)
  try {
    while (!isStopped()) {
      const control = livingControl(log)
      const isHurried = control?.isDraining === true
      if (isHurried !== (before?.isDraining === true)) for (const link of links) link.send({ kind: 'hurry', on: isHurried })
      if (control === undefined && before !== undefined) await output.show(noControl(env, 'going on with what is in the log'))
      before = control
      await sleep(LOOK_MS)
    }
  } finally {
    shares.stop()
  }
}

function noControl(env: string, meanwhile: string): Parameters<DevOutput['show']>[0] {
  return {
    kind: 'problem',
    code: 'up/no-control',
    message: `No process takes records in on environment \`${env}\`; ${meanwhile}.`,
    do: 'Start `millrace up --role control` on the same project, state folder and environment.',
  }
}
