// What is to be known of Kafka without its client, which takes its time to load.
export { forwardConsumer } from './forward/forward-consumer.ts'
