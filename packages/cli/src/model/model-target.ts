import { userError } from '@millrace/core'

/** A model and a version of it; the newest when none is named. */
export interface ModelTarget {
  readonly name: string
  readonly version: number | undefined
}

/** Reads `MODEL` or `MODEL@VERSION`. */
export function parseTarget(target: string): ModelTarget {
  const at = target.lastIndexOf('@')
  if (at < 0) return { name: target, version: undefined }
  const version = Number(target.slice(at + 1))
  if (/^\d{1,9}$/.test(target.slice(at + 1)) && version >= 1) return { name: target.slice(0, at), version }
  throw userError('cli/bad-number', `\`${target}\` does not name a version.`, {
    asked: target,
    found: target.slice(at + 1),
    do: 'Write MODEL@VERSION with a whole number from 1, or MODEL for its newest version.',
  })
}
