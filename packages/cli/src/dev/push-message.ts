import type { PushAnswer, PushRequest } from '@millrace/connect'
import type { FailureMessage } from '../pipeline/message.ts'
import type { FollowMessage } from './follow-message.ts'

/** A request on its way to the thread that takes records in. */
export interface PushTask extends PushRequest {
  readonly kind: 'push'
  readonly id: number
}

/** What became of it. */
export interface PushDone {
  readonly kind: 'pushed'
  readonly id: number
  readonly outcome: PushAnswer | FailureMessage
}

export type PushMessage = FollowMessage | PushDone
