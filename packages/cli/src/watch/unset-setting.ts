import type { StreamAsset } from '@millrace/core'
import { unsetOfFeed } from '../dev/feed-order.ts'
import { pushStreams, unsetSecrets } from './push-desk.ts'

/** A source that cannot work as it should, because a variable is not set. */
export interface UnsetSetting {
  readonly code: string
  readonly name: string
  readonly message: string
}

/** What is not set of all streams' sources. */
export function unsetSettings(streams: readonly StreamAsset[], environment = process.env): readonly UnsetSetting[] {
  const secrets = unsetSecrets(streams, environment).map((name) => ({
    code: 'ingest/secret-not-set',
    name,
    message: `Requests for a stream are refused, since their signature cannot be checked: ${name} is not set.`,
  }))
  const pulls = streams.flatMap(({ name: stream, from }) =>
    from.kind !== 'http-pull' && from.kind !== 'kafka'
      ? []
      : unsetOfFeed(from, environment).map((name) => ({
          code: from.kind === 'kafka' ? 'kafka/not-set' : 'pull/not-set',
          name,
          message: `Stream \`${stream}\` is not ${from.kind === 'kafka' ? 'read' : 'pulled'}: ${name} is not set.`,
        })),
  )
  return [...secrets, ...pulls]
}

/** Streams that nobody can push to, because there is no server. */
export function unreachableStreams(streams: readonly StreamAsset[], options: { readonly server: boolean }): readonly string[] {
  return options.server ? [] : pushStreams(streams).map(({ name }) => name)
}
