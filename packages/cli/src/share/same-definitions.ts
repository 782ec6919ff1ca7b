import { type MillraceError, userError } from '@millrace/core'
import type { ShareOptions } from '@millrace/engine-stream'
import { changedPlans, PLANS_KEY } from '../pipeline/scope-log.ts'

type Plans = Readonly<Record<string, string>>

/** Looks in every write transaction whether the scope's plans are still these; throws `up/definitions-differ` when not. */
export function sameDefinitions(plans: Plans): ShareOptions['mayWrite'] {
  let approved: Buffer | undefined
  return (transaction) => {
    const bytes = transaction.get(PLANS_KEY)
    if (bytes !== undefined && approved?.equals(bytes) === true) return
    const changed = changedPlans(bytes, plans)
    if (changed.length > 0) throw definitionsDiffer(changed)
    approved = bytes === undefined ? undefined : Buffer.from(bytes)
  }
}

export function definitionsDiffer(changed: readonly string[]): MillraceError {
  return userError(
    'up/definitions-differ',
    `This process has another definition of ${changed.map((name) => `\`${name}\``).join(', ')} than the one in control of the environment.`,
    {
      asked: changed,
      found: 'another definition in the live state',
      do: 'Start all processes of an environment from the same version of the project.',
    },
  )
}
