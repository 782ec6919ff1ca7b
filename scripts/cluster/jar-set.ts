/** A Maven artifact that a server needs. */
export interface Artifact {
  /** `group:artifact:version`. */
  readonly at: string
  /** Leaves out what the artifact itself depends on. */
  readonly alone?: true
}

/** The jars of one server: what is asked for, and versions that stand in for those that Maven would choose. */
export interface JarSet {
  readonly name: string
  readonly artifacts: readonly Artifact[]
  /** `group:artifact:version` wherever the artifact is met. */
  readonly pins: readonly string[]
}

/** Apache Kafka; the broker brings no binding between its two logging libraries, and names a version of `kafka-tools-api` that was never published. */
export const KAFKA_JARS: JarSet = {
  name: 'kafka-4.4.0',
  artifacts: [{ at: 'org.apache.kafka:kafka_2.13:4.4.0' }, { at: 'org.apache.logging.log4j:log4j-slf4j-impl:2.25.5' }],
  pins: ['org.apache.kafka:kafka-tools-api:4.3.1'],
}

const FLINK = '2.3.0'
const LOG4J = '2.24.3'
const HADOOP = '3.4.2'

/** Apache Flink with its SQL gateway, made up of the parts that are published, with connectors, Iceberg and PostgreSQL's driver. */
export const FLINK_JARS: JarSet = {
  name: `flink-${FLINK}`,
  artifacts: [
    ...['clients', 'runtime', 'statebackend-rocksdb', 'table-planner-loader', 'table-runtime', 'sql-gateway', 'cep'].map((part) => ({
      at: `org.apache.flink:flink-${part}:${FLINK}`,
    })),
    ...['connector-files', 'json', 'csv', 'sql-parquet', 'sql-avro'].map((part) => ({ at: `org.apache.flink:flink-${part}:${FLINK}` })),
    { at: 'org.apache.flink:flink-sql-connector-kafka:5.0.0-2.2' },
    ...['log4j-slf4j-impl', 'log4j-core', 'log4j-api', 'log4j-1.2-api'].map((part) => ({
      at: `org.apache.logging.log4j:${part}:${LOG4J}`,
    })),
    { at: 'org.apache.iceberg:iceberg-flink-runtime-2.1:1.11.0' },
    { at: `org.apache.hadoop:hadoop-client-api:${HADOOP}`, alone: true },
    { at: `org.apache.hadoop:hadoop-client-runtime:${HADOOP}`, alone: true },
    { at: 'commons-logging:commons-logging:1.3.5' },
    { at: 'org.postgresql:postgresql:42.7.7', alone: true },
  ],
  pins: [],
}

/** The Maven project whose dependencies are the set. */
export function pomOf(set: JarSet): string {
  const dependency = ({ at, alone }: Artifact): string => {
    const [group, artifact, version] = at.split(':')
    const exclusions =
      alone === true ? '<exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions>' : ''
    return `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version>${exclusions}</dependency>`
  }
  return [
    '<project><modelVersion>4.0.0</modelVersion>',
    `<groupId>millrace</groupId><artifactId>${set.name}</artifactId><version>1</version><packaging>pom</packaging>`,
    `<dependencyManagement><dependencies>${set.pins.map((at) => dependency({ at })).join('')}</dependencies></dependencyManagement>`,
    `<dependencies>${set.artifacts.map(dependency).join('\n')}</dependencies></project>\n`,
  ].join('\n')
}
