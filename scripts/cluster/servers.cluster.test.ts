import { expect, it } from 'vitest'
import { jsonAt } from './server-process.ts'

it('has a Flink of the version that is asked for, with slots, and a gateway before it', async () => {
  const { MILLRACE_FLINK_REST: rest, MILLRACE_FLINK_GATEWAY: gateway } = process.env
  expect(await jsonAt(`${gateway}/v1/info`)).toMatchObject({ productName: 'Apache Flink', version: '2.3.0' })
  expect(await jsonAt(`${rest}/overview`)).toMatchObject({ taskmanagers: 1, 'slots-total': 4, 'flink-version': '2.3.0' })
})
