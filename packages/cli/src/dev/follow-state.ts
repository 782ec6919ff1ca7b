import type { FollowPositions, InputTotals, StamperState } from '@millrace/connect'
import type { EventLog } from '@millrace/core'

/** What following a stream commits with its records: how far each file is read, the stamps' state, and the figures since its beginning. */
export interface FollowState {
  readonly positions: FollowPositions
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
