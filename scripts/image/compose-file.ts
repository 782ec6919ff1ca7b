import { parse } from 'yaml'

/** What tests look at of a service. */
export interface ComposeService {
  readonly image?: string
  readonly profiles?: readonly string[]
  readonly command?: string
  readonly environment?: Readonly<Record<string, string>>
}

/** The services of a compose file by their names, with what anchors bring to them. */
export function servicesOf(text: string): Readonly<Record<string, ComposeService>> {
  return (parse(text, { merge: true }) as { readonly services: Readonly<Record<string, ComposeService>> }).services
}

/** Settings of server.properties that Kafka's image makes of variables: `KAFKA_LOG_DIRS` is `log.dirs`. */
export function kafkaSettings({ environment = {} }: ComposeService): Readonly<Record<string, string>> {
  const named = Object.entries(environment).filter(([name]) => name.startsWith('KAFKA_'))
  return Object.fromEntries(named.map(([name, value]) => [name.slice('KAFKA_'.length).toLowerCase().replaceAll('_', '.'), value]))
}

/** Settings of config.yaml that Flink's image takes from a variable, one a line. */
export function flinkSettings({ environment = {} }: ComposeService): Readonly<Record<string, string>> {
  const lines = (environment.FLINK_PROPERTIES ?? '').split('\n').filter((line) => line !== '')
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]))
}
