import { type Snapshot, userError, WATERMARK_FLOOR } from '@millrace/core'

const HASH_CHARS = 12

/** How far a view in micro-batches is, in the positions of its table's snapshot: under a name that holds the definition. */
export function positionTopic(view: string, hash: string): string {
  return `${prefix(view)}${hash.replace('sha256:', '').slice(0, HASH_CHARS)}`
}

function prefix(view: string): string {
  return `${view}@micro-batch/`
}

/** The position by part; undefined before the first micro-batch. @throws `dev/definition-changed` where the rows are of another definition */
export function readPosition(snapshot: Snapshot | undefined, view: string, hash: string): Readonly<Record<string, number>> | undefined {
  const positions = snapshot?.positions ?? {}
  const own = positions[positionTopic(view, hash)]
  if (own !== undefined || (snapshot?.rows ?? 0) === 0) return own
  throw userError('dev/definition-changed', `The rows of \`${view}\` are of another definition, or were made by the stream.`, {
    asked: positionTopic(view, hash),
    found: Object.keys(positions),
    do: 'Start over with `--reset`, which reads the files again from their beginning; or keep both with `--env NAME`.',
  })
}

/** A time as a position, which is never negative. */
export function timePosition(ms: number): number {
  return ms - WATERMARK_FLOOR
}

export function positionTime(position: number): number {
  return position + WATERMARK_FLOOR
}

/** Rows before this time (epoch ms) are in the table of a view in micro-batches; undefined before the first. */
export function computedUntil(snapshot: Snapshot | undefined, view: string, hash: string): number | undefined {
  const position = readPosition(snapshot, view, hash)?.['0']
  return position === undefined ? undefined : positionTime(position)
}
