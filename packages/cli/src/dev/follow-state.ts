import { createHash } from 'node:crypto'
import type { DecoderState, FollowPositions, InputTotals, StamperState } from '@millrace/connect'
import type { EventLog } from '@millrace/core'

/** What a stream's source commits with its records: how far it is read, the stamps' state, and the figures since its beginning. */
export interface FollowState {
  /** Of followed files. */
  readonly positions?: FollowPositions
  readonly decoder?: DecoderState
  /** Of a source that is no files: its own, JSON-safe. */
  readonly source?: unknown
  readonly stamper: StamperState
  readonly totals: InputTotals
}

export function followKey(stream: string): string {
  return `follow/${stream}`
}

export function readFollowState(log: Pick<EventLog, 'get'>, stream: string): FollowState | undefined {
  const bytes = log.get(followKey(stream))
  return bytes === undefined ? undefined : (JSON.parse(Buffer.from(bytes).toString('utf8')) as FollowState)
}

export function encodeFollowState(state: FollowState): Uint8Array {
  return Buffer.from(JSON.stringify(state))
}

/** Key of a part of a feed's state; without one, what all of them begin with. */
export function keptKey(stream: string, key = ''): string {
  return `feed/${stream}/${key}`
}

export function* readKept(log: Pick<EventLog, 'entries'>, stream: string): Generator<unknown> {
  for (const { value } of log.entries(keptKey(stream))) yield JSON.parse(Buffer.from(value).toString('utf8'))
}

/** Key of how far a file is read that is read whole; without a path, what all of them begin with. */
export function wholeKey(stream: string, path: string | undefined): string {
  return `follow-file/${stream}/${path === undefined ? '' : createHash('sha256').update(path).digest('hex')}`
}
