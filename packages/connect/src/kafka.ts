// Kafka as a source, beside the rest: its client takes longer to load than everything else together.
export { KafkaFeed, type KafkaFeedOptions, type KafkaFeedState } from './kafka/kafka-feed.ts'
