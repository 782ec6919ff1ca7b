import type { BlobFolderDeclaration } from './blob-folder-source.ts'
import type { FilesDeclaration } from './files-source.ts'
import type { GeneratorDeclaration } from './generator-source.ts'
import type { HttpPullDeclaration } from './http-pull-source.ts'
import type { HttpPushDeclaration } from './http-push-source.ts'
import type { KafkaSourceDeclaration } from './kafka-source.ts'

/** A source that hands over records by itself, and keeps its own state with them. */
export type FeedDeclaration = HttpPullDeclaration | GeneratorDeclaration | BlobFolderDeclaration | KafkaSourceDeclaration

/** Where a stream's records come from. */
export type SourceDeclaration = FilesDeclaration | HttpPushDeclaration | FeedDeclaration

/** Where a source is, in words for people: globs, routes, addresses. */
export function sourcePlaces(source: SourceDeclaration, stream: string): readonly string[] {
  switch (source.kind) {
    case 'http-push':
      return [`POST /api/ingest/${stream}`]
    case 'http-pull':
      return [typeof source.url === 'string' ? withoutQuery(source.url) : `the address in ${source.url.env}`]
    case 'kafka':
      return [`the topic ${source.topic}`]
    case 'generator':
      return [`a generator of seed ${source.seed}`]
    default:
      return source.patterns
  }
}

/** An address without what may be secret. */
function withoutQuery(address: string): string {
  const url = URL.parse(address)
  return url === null ? 'an address that is none' : `${url.origin}${url.pathname}`
}
