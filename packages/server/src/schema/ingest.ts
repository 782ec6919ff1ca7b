import Type, { type Static } from 'typebox'
import { Count } from './scalar.ts'

/** What became of the records of a request, once it is durable. A repeated request is answered as the first one was. */
export const IngestAnswer = Type.Object(
  {
    stream: Type.String(),
    accepted: Count,
    dead_letters: Count,
    reasons: Type.Record(Type.String(), Count, { description: 'Dead letters by reason' }),
  },
  { $id: 'IngestAnswer' },
)
export type IngestAnswer = Static<typeof IngestAnswer>
