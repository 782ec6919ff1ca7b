import { MillraceError, operatingError, userError } from '@millrace/core'
import type { KafkaConnection } from './kafka-connection.ts'

/** What was being done when the client failed. */
export interface KafkaAttempt {
  readonly connection: KafkaConnection
  /** In words: `write to the topic orders`. */
  readonly asked: string
}

type Leaf = Error & { readonly code?: string; readonly apiId?: string; readonly serverErrorMessage?: string | null }

const UNREACHABLE = ['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT', 'EPIPE']
const CLIENT_UNREACHABLE = ['PLT_KFK_NETWORK', 'PLT_KFK_TIMEOUT']
const FENCED = [
  'PRODUCER_FENCED',
  'INVALID_PRODUCER_EPOCH',
  'TRANSACTION_COORDINATOR_FENCED',
  'UNKNOWN_PRODUCER_ID',
  'INVALID_PRODUCER_ID_MAPPING',
]
const UNTRUSTED =
  /^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_.*CERT.*|UNABLE_TO_VERIFY_LEAF_SIGNATURE|CERT_.*|ERR_TLS_CERT_ALTNAME_INVALID)$/
const CAUSES_MAX = 200

/** The client's failure as one sentence with the three facts; never says a password. Failures that have a sentence already stay as they are. */
export function kafkaError(error: unknown, { connection, asked }: KafkaAttempt): MillraceError {
  if (error instanceof MillraceError) return error
  const leaves = leavesOf(error)
  const apiIds = leaves.flatMap(({ apiId }) => (apiId === undefined ? [] : [apiId]))
  const has = (...ids: readonly string[]): boolean => apiIds.some((id) => ids.includes(id))
  const facts = { asked, cause: error }
  const brokers = connection.brokers.join(', ')
  const last = leaves.at(-1)?.serverErrorMessage ?? leaves.at(-1)?.message ?? String(error)
  if (has('SASL_AUTHENTICATION_FAILED') || leaves.some(({ code }) => code === 'PLT_KFK_AUTHENTICATION'))
    return notAuthenticated(connection, facts)
  if (has('MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE')) {
    return userError('kafka/record-too-large', `Could not ${asked}: a record is larger than the topic takes.`, {
      ...facts,
      found: 'a record above `max.message.bytes`',
      do: 'Raise `max.message.bytes` of the topic, or leave out large columns.',
    })
  }
  if (has(...FENCED)) {
    return operatingError(
      'kafka/fenced',
      `Could not ${asked}: the transaction was taken over by another program, or went on for too long.`,
      {
        ...facts,
        found: apiIds.find((id) => FENCED.includes(id)),
        do: 'Let one program alone write under a transactional id.',
      },
    )
  }
  if (
    has('TOPIC_AUTHORIZATION_FAILED', 'GROUP_AUTHORIZATION_FAILED', 'CLUSTER_AUTHORIZATION_FAILED', 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED')
  ) {
    return userError('kafka/not-allowed', `Could not ${asked}: the brokers at ${brokers} do not allow it.`, {
      ...facts,
      found: apiIds.join(', '),
      do: 'Ask for the rights on topic, group and transactional id.',
    })
  }
  if (has('UNKNOWN_TOPIC_OR_PARTITION', 'UNKNOWN_TOPIC_ID') || leaves.some(({ message }) => message.startsWith('Unknown topic'))) {
    return userError('kafka/no-topic', `Could not ${asked}: the cluster at ${brokers} has no such topic.`, {
      ...facts,
      found: 'no topic of this name',
      do: 'Create the topic, or mend its name.',
    })
  }
  const tls = tlsFailure(leaves, { brokers, facts })
  if (tls !== undefined) return tls
  const network = leaves.find(({ code }) => UNREACHABLE.includes(code ?? ''))
  if (network !== undefined || leaves.some(({ code }) => CLIENT_UNREACHABLE.includes(code ?? ''))) {
    return operatingError('kafka/unreachable', `Could not ${asked}: no Kafka broker answers at ${brokers} (${network?.message ?? last}).`, {
      ...facts,
      found: network?.code ?? last,
      do: 'Start the broker, or mend its address; work goes on by itself once it answers.',
    })
  }
  return operatingError('kafka/failed', `Could not ${asked}: ${last}`, {
    ...facts,
    found: apiIds.join(', ') || last,
    do: 'See the log of the broker.',
  })
}

/** Whether a failure means that another producer has the transactional id, or that the coordinator gave the transaction up. */
export function isFenced(error: unknown): boolean {
  return error instanceof MillraceError && error.code === 'kafka/fenced'
}

function notAuthenticated({ brokers, sasl }: KafkaConnection, facts: { asked: string; cause: unknown }): MillraceError {
  const who = sasl === undefined ? 'somebody without a name' : `\`${sasl.username}\` (${sasl.mechanism})`
  return userError(
    'kafka/not-authenticated',
    `Could not ${facts.asked}: the brokers at ${brokers.join(', ')} refuse the credentials of ${who}.`,
    {
      ...facts,
      found: 'a wrong name, password or mechanism',
      do: 'Mend the user name, the password or the mechanism.',
    },
  )
}

function tlsFailure(
  leaves: readonly Leaf[],
  { brokers, facts }: { readonly brokers: string; readonly facts: { asked: string; cause: unknown } },
): MillraceError | undefined {
  const untrusted = leaves.find(({ code }) => UNTRUSTED.test(code ?? ''))
  if (untrusted !== undefined) {
    return userError(
      'kafka/untrusted',
      `Could not ${facts.asked}: the certificate of the brokers at ${brokers} is not trusted (${untrusted.message}).`,
      {
        ...facts,
        found: untrusted.code,
        do: 'Give the certificate of who signed it as `ca`, and the name that it carries as `serverName`.',
      },
    )
  }
  const other = leaves.find(({ code, message }) => code?.startsWith('ERR_SSL_') || /\bTLS\b/.test(message))
  if (other === undefined) return undefined
  return userError(
    'kafka/no-tls',
    `Could not ${facts.asked}: one side speaks TLS and the other does not, or another version (${other.message}).`,
    {
      ...facts,
      found: other.code,
      do: `See whether the listener at ${brokers} has TLS, and set \`tls\` accordingly.`,
    },
  )
}

/** The failures at the bottom: those without others in them, and what each was caused by. */
function leavesOf(error: unknown): Leaf[] {
  const leaves: Leaf[] = []
  const open: unknown[] = [error]
  for (let steps = 0; open.length > 0 && steps < CAUSES_MAX; steps++) {
    const next = open.shift()
    if (!(next instanceof Error)) continue
    const inner = [...((next as AggregateError).errors ?? []), next.cause].filter((cause) => cause !== undefined)
    if (!(next instanceof AggregateError)) leaves.push(next)
    open.push(...inner)
  }
  return leaves
}
