import { userError } from '../error/index.ts'
import type { CheckedNode } from './checked-plan.ts'

/** Time operators need rows that stay as they are. */
export function refuseUpsert(input: CheckedNode, where: string): void {
  if (!input.upsert) return
  throw userError('plan/time-over-upsert', `The ${where} reads rows that are corrected as more comes in, those of \`${input.node.id}\`.`, {
    asked: where,
    found: input.node.id,
    do: 'Put it in front of `latest`, of an aggregate over everything, and of what late policy `revise` corrects.',
  })
}

/** Whether the results of a time operator over these rows are corrected by late ones. */
export function isRevised(...inputs: readonly CheckedNode[]): boolean {
  return inputs.some((input) => input.origins.some((source) => typeof source.late === 'object'))
}

/** What is so of rows that have no stamp any more and are never late. */
export const UNSTAMPED = { stamped: false, source: undefined, origins: [] } as const

/** What is so of rows that left a time operator: it gives them up when a watermark has passed. */
export const TIMED = { ...UNSTAMPED, immediate: false } as const

/** Longest time that a node may span, about 3,000 years: sums of times stay exact on every engine. */
const LENGTH_MS_MAX = 100_000_000_000_000

/** A number of a node, as messages call it; undefined where it was not given. */
interface Bounded {
  readonly name: string
  readonly value: number | undefined
  readonly least: number
}

/** Refuses a length of time that is too short or too long. */
export function checkLength(length: Bounded, where: string): void {
  checkAtLeast(length, where)
  const { name, value } = length
  if (value === undefined || value <= LENGTH_MS_MAX) return
  throw userError('plan/bad-bound', `The ${where} has ${value} as its \`${name}\`, more than ${LENGTH_MS_MAX}.`, {
    asked: value,
    found: LENGTH_MS_MAX,
    do: `Give ${LENGTH_MS_MAX} or less.`,
  })
}

export function checkAtLeast({ name, value, least }: Bounded, where: string): void {
  if (value === undefined || value >= least) return
  throw userError('plan/bad-bound', `The ${where} has ${value} as its \`${name}\`, less than ${least}.`, {
    asked: value,
    found: least,
    do: `Give ${least} or more.`,
  })
}

/** The least a length may be that may point back in time. */
export const LENGTH_MS_MIN = -LENGTH_MS_MAX
