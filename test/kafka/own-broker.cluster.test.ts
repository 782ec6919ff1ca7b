import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Forwarder, type KafkaConnection, type KafkaSasl, TopicAdmin, TransactionalProducer } from '@millrace/log-kafka'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { readAll } from '../../packages/log-kafka/test/kafka-address.ts'
import { appendNumbers, KEY, scratchLog, TOPIC } from '../../packages/log-kafka/test/stamped-log.ts'
import { freePorts } from '../../scripts/process/free-port.ts'
import { OwnKafka } from './own-kafka.ts'

const PASSWORD = 'open-sesame'
const ALICE = { username: 'alice', password: PASSWORD }
/** How long the broker stands still. */
const STOPPED_MS = process.env.MILLRACE_LONG_TESTS === '1' ? 60_000 : 4_000
/** How long it is away once it was killed and that was noticed. */
const AWAY_MS = process.env.MILLRACE_LONG_TESTS === '1' ? 60_000 : 0
const MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const

const certificates = mkdtempSync(join(tmpdir(), 'millrace-certificates-'))
let kafka: OwnKafka
let port: number
let ca: string

/** Addresses of the broker's listeners: with TLS, with credentials, with both. */
const tlsOnly = (): string[] => [`127.0.0.1:${port + 2}`]
const saslOnly = (): string[] => [`127.0.0.1:${port + 3}`]
const secured = (): string[] => [`127.0.0.1:${port + 4}`]

beforeAll(async () => {
  const store = join(certificates, 'broker.p12')
  const keytool = (...args: string[]) =>
    execFileSync('keytool', [...args, '-keystore', store, '-storetype', 'PKCS12', '-storepass', PASSWORD, '-alias', 'broker'], {
      stdio: 'pipe',
    })
  keytool('-genkeypair', '-keyalg', 'RSA', '-validity', '2', '-dname', 'CN=broker', '-ext', 'SAN=ip:127.0.0.1,dns:localhost')
  keytool('-exportcert', '-rfc', '-file', join(certificates, 'broker.pem'))
  ca = readFileSync(join(certificates, 'broker.pem'), 'utf8')
  port = await freePorts(5)
  const plain = `org.apache.kafka.common.security.plain.PlainLoginModule required user_alice="${PASSWORD}";`
  const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required;'
  const listeners = (names: readonly string[]): string =>
    names.map((name, i) => `${name}://127.0.0.1:${port + (i === 0 ? 0 : i + 1)}`).join(',')
  const clients = ['PLAINTEXT', 'TLS', 'SASL', 'SECURED']
  kafka = new OwnKafka({
    port,
    scram: [`SCRAM-SHA-256=[name=alice,password=${PASSWORD}]`, `SCRAM-SHA-512=[name=alice,password=${PASSWORD}]`],
    settings: {
      listeners: `${listeners(clients)},CONTROLLER://127.0.0.1:${port + 1}`,
      'advertised.listeners': listeners(clients),
      'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,TLS:SSL,SASL:SASL_PLAINTEXT,SECURED:SASL_SSL',
      'sasl.enabled.mechanisms': MECHANISMS.join(','),
      'ssl.keystore.location': store,
      'ssl.keystore.password': PASSWORD,
      'ssl.keystore.type': 'PKCS12',
      ...Object.fromEntries(
        ['sasl', 'secured'].flatMap((name) =>
          MECHANISMS.map((mechanism) => [
            `listener.name.${name}.${mechanism.toLowerCase()}.sasl.jaas.config`,
            mechanism === 'PLAIN' ? plain : scram,
          ]),
        ),
      ),
    },
  })
  await kafka.start()
})
afterAll(async () => {
  await kafka.remove()
  rmSync(certificates, { recursive: true, force: true })
})

/** Creates a topic, writes a transaction to it and reads it. */
async function roundTrip(connection: KafkaConnection, topic: string): Promise<string[]> {
  const admin = new TopicAdmin(connection)
  const producer = new TransactionalProducer({ connection, transactionalId: topic })
  try {
    await admin.ensure({ topic, partitions: 1 })
    await producer.send([{ topic, partition: 0, value: Buffer.from('hello') }])
    await producer.commit()
    return (await readAll(topic, connection)).flat().map(({ value }) => String(value))
  } finally {
    await Promise.all([admin.close(), producer.close()])
  }
}

async function failure(connection: KafkaConnection): Promise<Error> {
  const admin = new TopicAdmin(connection)
  try {
    await admin.exists('any')
    throw new Error('was let in')
  } catch (error) {
    return error as Error
  } finally {
    await admin.close()
  }
}

test.each(MECHANISMS)('%s with the right password, over TLS and without', async (mechanism) => {
  const sasl: KafkaSasl = { mechanism, ...ALICE }
  expect(await roundTrip({ brokers: secured(), sasl, tls: { ca } }, `tls-${mechanism}`)).toEqual(['hello'])
  expect(await roundTrip({ brokers: saslOnly(), sasl }, `open-${mechanism}`)).toEqual(['hello'])
})

test('TLS alone', async () => {
  expect(await roundTrip({ brokers: tlsOnly(), tls: { ca } }, 'tls')).toEqual(['hello'])
})

test.each(MECHANISMS)('%s with a wrong password is a sentence that does not say it', async (mechanism) => {
  const error = await failure({ brokers: secured(), tls: { ca }, sasl: { mechanism, ...ALICE, password: 'open-barley' } })
  expect(error).toMatchObject({
    code: 'kafka/not-authenticated',
    family: 'user',
    message: `Could not list the topics: the brokers at ${secured()[0]} refuse the credentials of \`alice\` (${mechanism}).`,
  })
})

test('a certificate that nobody vouches for, one of another name, and a broker without TLS are sentences', async () => {
  expect(await failure({ brokers: tlsOnly(), tls: true })).toMatchObject({ code: 'kafka/untrusted', family: 'user' })
  expect(await failure({ brokers: tlsOnly(), tls: { ca, serverName: 'other.example' } })).toMatchObject({ code: 'kafka/untrusted' })
  expect(await failure({ brokers: saslOnly(), tls: { ca } })).toMatchObject({ code: 'kafka/no-tls' })
})

test('a broker that stands still, and one that is killed and comes back, under load: the log takes everything, and each row arrives once', async () => {
  const { log, remove } = await scratchLog()
  onTestFinished(remove)
  const connection = { brokers: [`127.0.0.1:${port}`] }
  const forwarder = new Forwarder({
    log,
    logId: 'log-1',
    connection,
    name: 'outage',
    topics: [{ topic: TOPIC, to: TOPIC, partitions: 2, key: KEY }],
  })
  const stop = new AbortController()
  const done = forwarder.run(stop.signal)
  let rows = 0
  let isAppending = true
  const appends = (async () => {
    while (isAppending) {
      await appendNumbers(log, { partition: (rows / 50) % 2, from: rows, count: 50, watermark: rows })
      rows += 50
      await sleep(20)
    }
  })()
  const moved = async (): Promise<void> => {
    const { records } = forwarder.status
    while (forwarder.status.records < records + 1_000) await sleep(20)
  }
  await moved()
  kafka.signal('SIGSTOP')
  const before = rows
  await sleep(STOPPED_MS)
  expect(rows).toBeGreaterThan(before)
  kafka.signal('SIGCONT')
  await moved()
  await kafka.kill()
  while (forwarder.status.state !== 'retrying') await sleep(20)
  expect(forwarder.status.lastError).toContain('no Kafka broker answers at')
  await sleep(AWAY_MS)
  await kafka.start()
  await moved()
  isAppending = false
  await appends
  while (forwarder.status.waiting > 0) await sleep(20)
  stop.abort()
  await done
  const found = (await readAll(TOPIC, connection)).map((records) =>
    records.map(({ value }) => JSON.parse(String(value))).flatMap(({ _kind, num1 }) => (_kind === 'row' ? [num1 as number] : [])),
  )
  for (const partition of found) expect(partition).toEqual(partition.toSorted((a, b) => a - b))
  expect(found.flat().toSorted((a, b) => a - b)).toEqual(Array.from({ length: rows }, (_, i) => i))
})
