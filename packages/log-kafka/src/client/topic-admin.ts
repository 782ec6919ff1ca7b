import { userError } from '@millrace/core'
import {
  Admin,
  type ClusterTopicMetadata,
  ConfigResourceTypes,
  FetchIsolationLevels,
  findErrorBy,
  ListOffsetTimestamps,
} from '@platformatic/kafka'
import { clientOptions, type KafkaConnection } from './kafka-connection.ts'
import { kafkaError } from './kafka-error.ts'

/** What a topic must be. */
export interface TopicShape {
  readonly topic: string
  readonly partitions: number
  /** Whether only the last record of each key is kept; false when left out. */
  readonly isCompacted?: boolean
  /** Copies of each partition; the cluster's default when left out. */
  readonly replicas?: number
  /** Settings by their names at Kafka, such as `retention.ms`, where the topic is created. */
  readonly settings?: Readonly<Record<string, string>>
}

/** Which end of a partition. `stable` is that of a read_committed reader: before the first open transaction. */
export type PartitionEnd = 'first' | 'latest' | 'stable'

const LEADER_TRIES_MAX = 50
const LEADER_DELAY_MS = 100

/** Asks a cluster over a connection of its own, which is closed when the answer is there. */
export async function withAdmin<T>(connection: KafkaConnection, ask: (admin: TopicAdmin) => Promise<T>): Promise<T> {
  const admin = new TopicAdmin(connection)
  try {
    return await ask(admin)
  } finally {
    await admin.close()
  }
}

/** Topics of a cluster: created, looked at, compared. */
export class TopicAdmin {
  readonly #connection: KafkaConnection
  readonly #admin: Admin

  constructor(connection: KafkaConnection) {
    this.#connection = connection
    this.#admin = new Admin(clientOptions(connection, 'millrace-admin'))
  }

  /**
   * Creates the topic if it is missing, and waits until it has leaders.
   *
   * @throws user `kafka/partitions-differ`, `kafka/compacted`, `kafka/not-compacted` where it exists and is another one
   */
  async ensure(shape: TopicShape): Promise<void> {
    const { topic, partitions, isCompacted = false, replicas = -1, settings = {} } = shape
    const configs = Object.entries({ ...settings, ...(isCompacted ? { 'cleanup.policy': 'compact' } : {}) })
    await this.#attempt(`create the topic ${topic}`, async () => {
      try {
        await this.#admin.createTopics({
          topics: [{ topic, partitions, replicas }],
          configs: configs.map(([name, value]) => ({ name, value })),
        })
      } catch (error) {
        if (findErrorBy(error as Error, 'apiId', 'TOPIC_ALREADY_EXISTS') === null) throw error
      }
    })
    await this.#untilLed(topic)
    await this.check(shape)
  }

  /** Compares an existing topic with what it must be; errors as `ensure`. */
  async check({ topic, partitions, isCompacted = false }: TopicShape): Promise<void> {
    const found = await this.partitions(topic)
    if (found !== partitions) {
      throw userError('kafka/partitions-differ', `The topic ${topic} has ${found} partitions on Kafka; ${partitions} are needed.`, {
        asked: partitions,
        found,
        do: 'Use another topic, or say the number of partitions that it has.',
      })
    }
    const policy = await this.setting(topic, 'cleanup.policy')
    const compacts = policy.split(',').includes('compact')
    if (compacts === isCompacted) return
    throw compacts
      ? userError('kafka/compacted', `The topic ${topic} is compacted: Kafka drops records of it that are still needed.`, {
          asked: 'cleanup.policy=delete',
          found: `cleanup.policy=${policy}`,
          do: 'Use a topic with `cleanup.policy=delete`.',
        })
      : userError('kafka/not-compacted', `The topic ${topic} is not compacted: Kafka would drop positions in it once they are old.`, {
          asked: 'cleanup.policy=compact',
          found: `cleanup.policy=${policy}`,
          do: 'Set `cleanup.policy=compact` on the topic.',
        })
  }

  /** @throws user `kafka/no-topic` */
  async partitions(topic: string): Promise<number> {
    return (await this.#described(topic)).partitionsCount
  }

  async exists(topic: string): Promise<boolean> {
    const topics = await this.#attempt('list the topics', () => this.#admin.listTopics({}))
    return topics.includes(topic)
  }

  /** The topics whose names begin so. */
  async named(prefix: string): Promise<readonly string[]> {
    return (await this.#attempt('list the topics', () => this.#admin.listTopics({}))).filter((topic) => topic.startsWith(prefix))
  }

  /** The identity that the cluster gave the topic: another one once it is deleted and created again. */
  async topicId(topic: string): Promise<string> {
    return (await this.#described(topic)).id
  }

  /** The value of a topic's setting, by its name at Kafka. */
  async setting(topic: string, name: string): Promise<string> {
    const resource = { resourceType: ConfigResourceTypes.TOPIC, resourceName: topic, configurationKeys: [name] }
    const [described] = await this.#attempt(`look at the topic ${topic}`, () => this.#admin.describeConfigs({ resources: [resource] }))
    return described?.configs[0]?.value ?? ''
  }

  /** The offsets of an end of each partition, by partition. */
  async offsets(topic: string, end: PartitionEnd): Promise<number[]> {
    const count = await this.partitions(topic)
    const timestamp = end === 'first' ? ListOffsetTimestamps.EARLIEST : ListOffsetTimestamps.LATEST
    const partitions = Array.from({ length: count }, (_, partitionIndex) => ({ partitionIndex, timestamp }))
    const isolationLevel = end === 'stable' ? FetchIsolationLevels.READ_COMMITTED : FetchIsolationLevels.READ_UNCOMMITTED
    const [found] = await this.#attempt(`look at the ends of the topic ${topic}`, () =>
      this.#admin.listOffsets({ topics: [{ name: topic, partitions }], isolationLevel }),
    )
    const offsets: number[] = new Array(count).fill(0)
    for (const { partitionIndex, offset } of found.partitions) offsets[partitionIndex] = Number(offset)
    return offsets
  }

  /** Adds partitions to a topic, up to this number. */
  async grow(topic: string, partitions: number): Promise<void> {
    // The brokers choose where they lie when nothing is said; the client's types do not know of that.
    const assignments = null as unknown as []
    await this.#attempt(`add partitions to the topic ${topic}`, () =>
      this.#admin.createPartitions({ topics: [{ name: topic, count: partitions, assignments }] }),
    )
    await this.#untilLed(topic, partitions)
  }

  /** Says how far a group without members has read a topic, by partition. */
  async setGroupOffsets(groupId: string, topic: string, next: readonly number[]): Promise<void> {
    const partitionOffsets = next.map((offset, partition) => ({ partition, offset: BigInt(offset) }))
    await this.#attempt(`note offsets of the group ${groupId}`, () =>
      this.#admin.alterConsumerGroupOffsets({ groupId, topics: [{ name: topic, partitionOffsets }] }),
    )
  }

  /** How far a group has read a topic, by partition; undefined where it never said. */
  async groupOffsets(groupId: string, topic: string): Promise<(number | undefined)[]> {
    const [group] = await this.#attempt(`look at the group ${groupId}`, () => this.#admin.listConsumerGroupOffsets({ groups: [groupId] }))
    const offsets: (number | undefined)[] = []
    for (const { partitionIndex, committedOffset } of group?.topics.find(({ name }) => name === topic)?.partitions ?? [])
      offsets[partitionIndex] = committedOffset < 0n ? undefined : Number(committedOffset)
    return offsets
  }

  /** Forgets a group without members; one that is not there is none. */
  async removeGroup(groupId: string): Promise<void> {
    await this.#attempt(`forget the group ${groupId}`, async () => {
      try {
        await this.#admin.deleteGroups({ groups: [groupId] })
      } catch (error) {
        if (findErrorBy(error as Error, 'apiId', 'GROUP_ID_NOT_FOUND') === null) throw error
      }
    })
  }

  /** Deletes what lies before these offsets, by partition. */
  async deleteBefore(topic: string, offsets: readonly number[]): Promise<void> {
    const partitions = offsets.map((offset, partition) => ({ partition, offset: BigInt(offset) }))
    await this.#attempt(`delete records of the topic ${topic}`, () => this.#admin.deleteRecords({ topics: [{ name: topic, partitions }] }))
  }

  async remove(topic: string): Promise<void> {
    await this.#attempt(`delete the topic ${topic}`, () => this.#admin.deleteTopics({ topics: [topic] }))
  }

  async close(): Promise<void> {
    await this.#admin.close()
  }

  /** A topic that was just created is known to each broker a moment later. */
  async #untilLed(topic: string, partitionsMin = 1): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        const { partitions } = await this.#described(topic)
        if (partitions.length >= partitionsMin && partitions.every(({ leader }) => leader >= 0)) return
      } catch (error) {
        if (tries >= LEADER_TRIES_MAX) throw error
      }
      if (tries >= LEADER_TRIES_MAX) return
      await new Promise((resolve) => setTimeout(resolve, LEADER_DELAY_MS))
    }
  }

  async #described(topic: string): Promise<ClusterTopicMetadata> {
    const metadata = await this.#attempt(`look at the topic ${topic}`, () => this.#admin.metadata({ topics: [topic], forceUpdate: true }))
    return metadata.topics.get(topic) as ClusterTopicMetadata
  }

  async #attempt<T>(asked: string, action: () => Promise<T>): Promise<T> {
    try {
      return await action()
    } catch (error) {
      throw kafkaError(error, { connection: this.#connection, asked })
    }
  }
}
