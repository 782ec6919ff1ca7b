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
import type { KafkaFeedState } from '@millrace/connect/kafka'
import type {
  BlobFolderDeclaration,
  FeedDeclaration,
  GeneratorDeclaration,
  HttpPullDeclaration,
  KafkaSourceDeclaration,
  Setting,
} from '@millrace/core'
import type { KafkaConnection } from '@millrace/log-kafka'
import { settingValue } from '../outbox/alert-notice.ts'
import { kafkaConnection } from '../project/kafka-connection.ts'

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
  | { readonly kind: 'kafka'; readonly declaration: Omit<KafkaSourceDeclaration, 'cluster'>; readonly connection: KafkaConnection }

/** The order of a declaration, or undefined where a setting is not set. */
export function feedOrder(from: FeedDeclaration, cwd: string, environment = process.env): FeedOrder | undefined {
  if (from.kind === 'generator') return { kind: 'generator', declaration: from }
  if (from.kind === 'blob-folder') return { kind: 'blob-folder', declaration: from, cwd }
  if (unsetOfFeed(from, environment).length > 0) return undefined
  const valueOf = (setting: Setting): string => settingValue(setting, environment) as string
  if (from.kind === 'kafka') {
    const { cluster, ...declaration } = from
    return { kind: 'kafka', declaration, connection: kafkaConnection(cluster, valueOf) }
  }
  const { url, headers, ...declaration } = from
  const values = Object.entries(headers).map(([name, setting]) => [name, valueOf(setting)] as const)
  return { kind: 'http-pull', url: valueOf(url), headers: Object.fromEntries(values), declaration }
}

/** Settings of a feed that have no value. */
export function unsetOfFeed(from: HttpPullDeclaration | KafkaSourceDeclaration, environment = process.env): readonly string[] {
  const settings: Setting[] = []
  const note = (setting: Setting): string => {
    settings.push(setting)
    return ''
  }
  if (from.kind === 'kafka') kafkaConnection(from.cluster, note)
  else settings.push(from.url, ...Object.values(from.headers))
  return settings
    .filter((setting) => settingValue(setting, environment) === undefined)
    .map((setting) => (typeof setting === 'object' ? setting.env : 'an empty text'))
}

/** The feed where it was left: `state` is what it committed last, `kept` the parts of it under keys of their own. */
export async function openFeed(
  order: FeedOrder,
  { stream, state, kept }: { readonly stream: IngestStream; readonly state: unknown; readonly kept: () => Iterable<unknown> },
): Promise<RecordFeed> {
  switch (order.kind) {
    case 'http-pull':
      return new HttpPullFeed({ ...order, stream, position: (state as PullPosition | undefined) ?? undefined })
    case 'kafka':
      return new (await import('@millrace/connect/kafka')).KafkaFeed({
        ...order,
        stream,
        state: (state as KafkaFeedState | undefined) ?? undefined,
      })
    case 'generator':
      return new GeneratorFeed({ stream, declaration: order.declaration, state: (state as GeneratorState | undefined) ?? undefined })
    default:
      return new BlobFolderFeed({ ...order, stream, known: kept() as Iterable<KnownBlob> })
  }
}
