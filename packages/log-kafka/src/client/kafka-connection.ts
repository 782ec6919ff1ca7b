import { isIP } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import { userError } from '@millrace/core'
import type { BaseOptions } from '@platformatic/kafka'

/** How a broker is told who asks. */
export interface KafkaSasl {
  readonly mechanism: 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512'
  readonly username: string
  readonly password: string
}

/** TLS to the brokers: PEM texts, each where it is needed. */
export interface KafkaTls {
  /** Certificates of those who are trusted beside the system's. */
  readonly ca?: string
  /** Certificate and key of this side, where brokers ask for them. */
  readonly cert?: string
  readonly key?: string
  /** Name that the brokers' certificates must carry; the host of each when left out. */
  readonly serverName?: string
}

/** Where a cluster is and how it is entered, with every setting resolved: plain data. */
export interface KafkaConnection {
  /** `host:port` of brokers to ask first. */
  readonly brokers: readonly string[]
  readonly tls?: KafkaTls | boolean
  readonly sasl?: KafkaSasl
}

const CONNECT_MS_MAX = 5_000
const REQUEST_MS_MAX = 30_000
const TRIES_MAX = 5
/** With its default of a second, the client waits as long for each partition that a transaction meets first. */
const RETRY_DELAY_MS = 10
const RETRY_DELAY_MS_MAX = 500
const BROKER = /^(?:\[[0-9a-fA-F:]+\]|[^\s:,/]+):([0-9]{1,5})$/

/**
 * What every client of a connection is made with.
 *
 * @throws user `kafka/bad-broker`
 */
export function clientOptions(connection: KafkaConnection, clientId: string): BaseOptions {
  const { brokers, tls, sasl } = connection
  if (brokers.length === 0) throw badBroker('')
  for (const broker of brokers) if (Number(BROKER.exec(broker)?.[1] ?? 0) < 1) throw badBroker(broker)
  return {
    clientId,
    bootstrapBrokers: [...brokers],
    connectTimeout: CONNECT_MS_MAX,
    requestTimeout: REQUEST_MS_MAX,
    retries: TRIES_MAX,
    retryDelay: (_client, _operation, attempt) => Math.min(RETRY_DELAY_MS * 2 ** attempt, RETRY_DELAY_MS_MAX),
    ...(tls === undefined || tls === false ? {} : tlsOptions(tls === true ? {} : tls, brokers)),
    ...(sasl === undefined ? {} : { sasl: { ...sasl } }),
  }
}

/** A name is sent along unless brokers are known by address: TLS has no names that are addresses. */
function tlsOptions(
  { ca, cert, key, serverName }: KafkaTls,
  brokers: readonly string[],
): { tls: ConnectionOptions; tlsServerName: string | boolean } {
  const hasName = brokers.every((broker) => isIP(broker.replace(/:[0-9]+$/, '').replace(/[[\]]/g, '')) === 0)
  return { tls: { ca, cert, key }, tlsServerName: serverName ?? hasName }
}

function badBroker(broker: string): Error {
  return userError('kafka/bad-broker', broker === '' ? 'No Kafka broker is named.' : `\`${broker}\` is no address of a Kafka broker.`, {
    asked: broker,
    found: 'something else than a host and a port',
    do: 'Name brokers as `host:port`.',
  })
}
