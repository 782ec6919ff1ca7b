import { sinkConsumer } from '@millrace/connect'
import type { Project } from '@millrace/core'
import type { EmbeddedLog } from '@millrace/log-lmdb'
import { watchConsumer } from '../dev/view-watch.ts'
import { scoreConsumer } from '../pipeline/score-run.ts'

/**
 * Of topics whose rows get other columns, and of the models on them: what has not been read to the end by all who read it. Rows of both forms
 * never wait for one reader.
 */
export function unreadTopics(log: EmbeddedLog, project: Project, topics: readonly string[]): readonly string[] {
  const models = project.models.filter(({ input }) => topics.includes(input.name))
  const watched = new Set([...topics, ...models.map(({ name }) => name)])
  const readers = new Set([
    ...[...watched].flatMap((topic) => [`lake:${topic}`, watchConsumer(topic)]),
    ...models.map(({ name }) => scoreConsumer(name)),
    ...project.sinks.filter(({ input }) => watched.has(input.name)).map(({ name }) => sinkConsumer(name)),
  ])
  return log
    .stats()
    .topics.filter(({ topic }) => watched.has(topic))
    .flatMap(({ topic, partitions, consumers }) => {
      const behind = consumers.filter(
        ({ consumer, positions }) => readers.has(consumer) && partitions.some(({ first, next }, i) => (positions[i] ?? first) < next),
      )
      return behind.map(
        ({ consumer }) =>
          `has rows in \`${topic}\` that ${consumer} has not read, and rows to come would have other columns; start its previous definition once more and stop it in order`,
      )
    })
}
