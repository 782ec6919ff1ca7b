import { createHash } from 'node:crypto'
import type { Plan } from './plan.ts'

/** JSON with keys sorted and undefined left out: equal plans give equal text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const entries = Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonicalJson(inner)}`).join(',')}}`
}

/** `sha256:…` of what is said, by its canonical JSON. */
export function contentHash(content: unknown): string {
  return `sha256:${createHash('sha256').update(canonicalJson(content)).digest('hex')}`
}

/** `contentHash` of the plan without its `hash`. */
export function planHash(plan: Plan): string {
  const { hash: _, ...rest } = plan
  return contentHash(rest)
}
