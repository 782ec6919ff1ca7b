import type { FilesDeclaration } from './files-source.ts'
import type { HttpPushDeclaration } from './http-push-source.ts'

/** Where a stream's records come from. */
export type SourceDeclaration = FilesDeclaration | HttpPushDeclaration

/** Where a source is, in words for people: globs, routes, addresses. */
export function sourcePlaces(source: SourceDeclaration, stream: string): readonly string[] {
  return source.kind === 'files' ? source.patterns : [`POST /api/ingest/${stream}`]
}
