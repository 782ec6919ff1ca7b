import {
  BlobFolderFeed,
  GeneratorFeed,
  type GeneratorState,
  HttpPullFeed,
  type IngestStream,
  type KnownBlob,
  type PullPosition,
  type RecordFeed,
} from '@millrace/connect'
import type { BlobFolderDeclaration, FeedDeclaration, GeneratorDeclaration, HttpPullDeclaration, Setting } from '@millrace/core'
import { settingValue } from '../outbox/alert-notice.ts'

/** A feed as its thread is told of it: with settings from the environment in their places. */
export type FeedOrder =
  | {
      readonly kind: 'http-pull'
      readonly url: string
      readonly headers: Readonly<Record<string, string>>
      readonly declaration: Omit<HttpPullDeclaration, 'url' | 'headers'>
    }
  | { readonly kind: 'generator'; readonly declaration: GeneratorDeclaration }
  | { readonly kind: 'blob-folder'; readonly declaration: BlobFolderDeclaration; readonly cwd: string }

/** The order of a declaration, or undefined where a setting is not set. */
export function feedOrder(from: FeedDeclaration, cwd: string, environment = process.env): FeedOrder | undefined {
  if (from.kind === 'generator') return { kind: 'generator', declaration: from }
  if (from.kind === 'blob-folder') return { kind: 'blob-folder', declaration: from, cwd }
  if (unsetOfPull(from, environment).length > 0) return undefined
  const { url, headers, ...declaration } = from
  const valueOf = (setting: Setting): string => settingValue(setting, environment) as string
  const values = Object.entries(headers).map(([name, setting]) => [name, valueOf(setting)] as const)
  return { kind: 'http-pull', url: valueOf(url), headers: Object.fromEntries(values), declaration }
}

/** Settings of a pull that have no value. */
export function unsetOfPull({ url, headers }: HttpPullDeclaration, environment = process.env): readonly string[] {
  return [url, ...Object.values(headers)]
    .filter((setting) => settingValue(setting, environment) === undefined)
    .map((setting) => (typeof setting === 'object' ? setting.env : 'an empty text'))
}

/** The feed where it was left: `state` is what it committed last, `kept` the parts of it under keys of their own. */
export function openFeed(
  order: FeedOrder,
  { stream, state, kept }: { readonly stream: IngestStream; readonly state: unknown; readonly kept: () => Iterable<unknown> },
): RecordFeed {
  switch (order.kind) {
    case 'http-pull':
      return new HttpPullFeed({ ...order, stream, position: (state as PullPosition | undefined) ?? undefined })
    case 'generator':
      return new GeneratorFeed({ stream, declaration: order.declaration, state: (state as GeneratorState | undefined) ?? undefined })
    default:
      return new BlobFolderFeed({ ...order, stream, known: kept() as Iterable<KnownBlob> })
  }
}
