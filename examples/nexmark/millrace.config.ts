import { defineProject, env } from 'millrace'

export default defineProject({
  name: 'nexmark',
  partitions: 2,
  assets: ['nexmark.ts'],
  environments: {
    scaled: {
      kafka: { brokers: env('KAFKA_BROKERS') },
      flink: { gateway: env('FLINK_GATEWAY'), jobManager: env('FLINK_JOB_MANAGER'), checkpointEvery: '5s' },
    },
  },
})
