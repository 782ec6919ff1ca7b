import type { CarrierStatus } from '@millrace/log-kafka'

/** How what goes to Kafka, or comes from it, is doing. */
export interface CarrierFigures extends CarrierStatus {
  /** `streams to Kafka`, or the topic that is read. */
  readonly name: string
  /** Records that are not carried yet. */
  readonly waiting: number
}

export type KafkaRequest =
  /** Go; say `left`. */
  { readonly kind: 'leave' }

export type KafkaMessage = { readonly kind: 'carriers'; readonly carriers: readonly CarrierFigures[] } | { readonly kind: 'left' }
