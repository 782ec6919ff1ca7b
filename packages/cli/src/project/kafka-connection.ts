import type { KafkaCluster, Setting } from '@millrace/core'
import type { KafkaConnection } from '@millrace/log-kafka'

/** How a declared cluster is reached; `text` reads settings. */
export function kafkaConnection({ brokers, tls, sasl }: KafkaCluster, text: (setting: Setting) => string): KafkaConnection {
  const optional = (setting: Setting | undefined): string | undefined => (setting === undefined ? undefined : text(setting))
  return {
    brokers: brokerAddresses(brokers, text),
    ...(tls === undefined
      ? {}
      : {
          tls:
            typeof tls === 'boolean'
              ? tls
              : { ca: optional(tls.ca), cert: optional(tls.cert), key: optional(tls.key), serverName: tls.serverName },
        }),
    ...(sasl === undefined ? {} : { sasl: { mechanism: sasl.mechanism, username: text(sasl.username), password: text(sasl.password) } }),
  }
}

/** Addresses of brokers, of which one setting may name several with commas between them. */
export function brokerAddresses(brokers: KafkaCluster['brokers'], text: (setting: Setting) => string): readonly string[] {
  return [brokers].flat().flatMap((one: Setting) =>
    text(one)
      .split(',')
      .map((broker) => broker.trim()),
  )
}
