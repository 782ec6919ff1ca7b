import { userError } from '../error/index.ts'
import type { CheckedNode } from './checked-plan.ts'

/** Rows of a key meet only when the node's keys hold the columns that choose the partition. */
export function checkPartitioning(keys: readonly string[], input: CheckedNode, where: string): void {
  const by = input.partitionedBy
  if (by?.every((key) => keys.includes(key))) return
  const found = by === undefined ? 'a key that a project dropped' : by.join(', ')
  throw userError(
    'plan/needs-exchange',
    `${where} groups by ${keys.join(', ') || 'nothing'}, but its records are partitioned by ${found}.`,
    { asked: keys, found: by ?? [], do: 'Add the partition key to the keys, or put an exchange on the keys in front.' },
  )
}

/** Time operators need rows that stay as they are. */
export function refuseUpsert(input: CheckedNode, where: string): void {
  if (!input.upsert) return
  throw userError('plan/time-over-upsert', `${where} reads rows that are corrected as more comes in, those of \`${input.node.id}\`.`, {
    asked: where,
    found: input.node.id,
    do: 'Put it before what is corrected: `latest`, an aggregate over everything, or a late policy `revise`.',
  })
}

/** Whether the results of a time operator over these rows are corrected by late ones. */
export function isRevised(...inputs: readonly CheckedNode[]): boolean {
  return inputs.some((input) => input.origins.some((source) => typeof source.late === 'object'))
}

/** What is so of rows that left a time operator: no stamp any more, never late. */
export const UNSTAMPED = { stamped: false, source: undefined, origins: [] } as const

export function checkAtLeast(
  what: { readonly name: string; readonly value: number | undefined; readonly least: number },
  where: string,
): void {
  const { name, value, least } = what
  if (value === undefined || value >= least) return
  throw userError('plan/bad-bound', `${where} has \`${name}\` ${value}.`, { asked: value, found: least, do: `Give ${least} or more.` })
}
