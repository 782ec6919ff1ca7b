import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { clusterSettings } from '../cluster/flink-server.ts'
import { FLINK_JARS, KAFKA_JARS } from '../cluster/jar-set.ts'
import { serverSettings } from '../cluster/kafka-server.ts'
import { checksumFile } from '../cluster/resolve-jars.ts'
import { type ComposeService, flinkSettings, kafkaSettings, servicesOf } from './compose-file.ts'
import { parseDockerfile } from './dockerfile.ts'

const folder = join(import.meta.dirname, '../../deploy/docker')
const services = servicesOf(readFileSync(join(folder, 'compose.yaml'), 'utf8'))
const [jarStage, flinkImage] = parseDockerfile(readFileSync(join(folder, 'flink.Dockerfile'), 'utf8'))
const place = { folder: '/data', port: 9092 }

/** What the official image does not have. */
const BESIDE_FLINK = /connector-kafka|sql-avro|iceberg|hadoop|commons-logging|postgresql/
/** What the processes of one machine are told and containers are not: addresses, ports and folders. */
const OF_A_PLACE = /address|host|listeners|voters|port$|dirs?$/

function common(settings: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => !OF_A_PLACE.test(name)))
}

const flinkServices = (): readonly (readonly [string, ComposeService])[] =>
  Object.entries(services).filter(([name]) => name.startsWith('flink-'))

describe('the compose file', () => {
  it('runs Kafka in the version and with the settings of `npm run kafka:up`', () => {
    expect(services.kafka.image).toBe(`apache/kafka:${KAFKA_JARS.name.slice('kafka-'.length)}`)
    expect(common(kafkaSettings(services.kafka))).toEqual(common(serverSettings(place)))
    expect(Object.keys(kafkaSettings(services.kafka)).sort()).toEqual(Object.keys(serverSettings(place)).sort())
  })

  it('runs Flink in the version of `npm run flink:up`, with the jars that its jobs need beside it', () => {
    expect(flinkImage.base).toBe(`flink:${FLINK_JARS.name.slice('flink-'.length)}-scala_2.12-java17`)
    const said = jarStage.instructions.map(({ text }) => text).join('\n')
    const beside = FLINK_JARS.artifacts.map(({ at }) => at).filter((at) => BESIDE_FLINK.test(at))
    expect(said.match(/[\w.-]+:[\w.-]+:[\d.-]+(?=[ ;])/g)).toEqual(beside)
    expect(said).toContain(`/${basename(checksumFile(FLINK_JARS))} `)
  })

  it('gives all processes of Flink the settings of `npm run flink:up`', () => {
    expect(flinkServices().map(([name]) => name)).toEqual(['flink-jobmanager', 'flink-taskmanager', 'flink-gateway'])
    for (const [, service] of flinkServices())
      expect(common(flinkSettings(service))).toMatchObject(common(clusterSettings({ ...place, slots: 4 })))
  })

  it('starts the product with an environment of the example, and the addresses of the servers that it has', () => {
    const { command = '', environment = {} } = services.scaled
    expect(command).toContain(' up --env scaled ')
    const { 'sql-gateway.endpoint.rest.port': gatewayPort, 'rest.address': jobManager } = flinkSettings(services['flink-gateway'])
    expect(environment).toMatchObject({
      KAFKA_BROKERS: kafkaSettings(services.kafka)['advertised.listeners'].replace('PLAINTEXT://', ''),
      FLINK_GATEWAY: `http://flink-gateway:${gatewayPort}`,
      FLINK_JOB_MANAGER: `http://${jobManager}:8081`,
    })
    const config = readFileSync(join(import.meta.dirname, '../../examples/weblogs/millrace.config.ts'), 'utf8')
    for (const [, name] of config.matchAll(/env\('(\w+)'\)/g)) expect(Object.keys(environment)).toContain(name)
  })
})
