/** Where topics of an environment stand on Kafka. */
export interface TopicPlace {
  readonly project: string
  readonly env: string
}

/** The stamped topic of a stream. */
export function stampedTopicName({ project, env }: TopicPlace, stream: string): string {
  return `millrace.${project}.${env}.${stream}`
}

/** What topics are called of a table that Flink makes, of a view's rows or of those that are late for it, before the identity of the job. */
export function madeTopicName(place: TopicPlace, table: string): string {
  return `${stampedTopicName(place, table)}.rows`
}

export function isMadeTopic(topic: string): boolean {
  return /\.rows(\.|$)/.test(topic)
}

/** What jobs of the environment are called, before their identities. */
export function jobsName({ project, env }: TopicPlace): string {
  return `millrace ${project} ${env}`
}
