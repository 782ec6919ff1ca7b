import type { IngestAnswer } from '../schema/ingest.ts'

/** A request for a stream, as it came. */
export interface IngestRequest {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** Not decompressed. */
  readonly body: Uint8Array
}

export interface IngestView {
  /** Bytes of a body that some stream takes. */
  readonly bodyBytesMax: number
  /**
   * Takes the records of a request in. Resolves when they are durable.
   *
   * @throws MillraceError `ingest/…`
   */
  push(stream: string, request: IngestRequest): Promise<IngestAnswer>
}
