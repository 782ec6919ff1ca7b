import Type from 'typebox'
import type { App, AppContext } from '../http/app.ts'
import { IngestAnswer } from '../schema/ingest.ts'
import { ref } from '../schema/scalar.ts'

const RECORDS = Type.Unsafe<Buffer>({ description: 'Records of the contract of the stream' })
const NOTHING = Buffer.alloc(0)

/** Bodies of this route are handed on as they came: their signature is over the raw bytes, and they may be large. */
export async function addIngestRoute(app: App, { ingest }: AppContext): Promise<void> {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: ingest.bodyBytesMax }, (_request, body, done) => done(null, body))
    scope.post<{ Params: { stream: string }; Body: Buffer | undefined }>(
      '/api/ingest/:stream',
      {
        bodyLimit: ingest.bodyBytesMax,
        schema: {
          summary: 'Send records to a stream: JSON (an object or an array), JSON lines or CSV, plain or gzip',
          params: Type.Object({ stream: Type.String() }),
          body: {
            content: {
              'application/json': { schema: RECORDS },
              'application/x-ndjson': { schema: RECORDS },
              'text/csv': { schema: RECORDS },
            },
          },
          response: { 200: ref(IngestAnswer) },
        },
      },
      async ({ params, headers, body }) => ingest.push(params.stream, { headers, body: body ?? NOTHING }),
    )
  })
}
