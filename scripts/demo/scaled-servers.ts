import { join } from 'node:path'
import { MillraceError } from '@millrace/core'
import { startFlink } from '../cluster/flink-server.ts'
import { javaProblem } from '../cluster/java.ts'
import { startKafka } from '../cluster/kafka-server.ts'
import { freePorts } from '../process/free-port.ts'
import { DemoFailure } from './demo-failure.ts'
import type { Household } from './household.ts'

/** Refuses in a sentence where Kafka and Flink cannot run. */
export function requireServers(): void {
  const problem = javaProblem()
  if (problem !== undefined) throw new DemoFailure(`\`--scaled\` starts Kafka and Flink. ${problem}`)
}

/** Starts a Kafka and a Flink of the demo's own, and tells the processes that are started later where they are. */
export async function startServers(household: Household, folder: string): Promise<void> {
  const onStarted = household.adopt.bind(household)
  try {
    const [brokerPort, flinkPort] = [await freePorts(2), await freePorts(4)]
    const [brokers, flink] = await Promise.all([
      startKafka({ folder: join(folder, 'kafka'), port: brokerPort, onStarted }),
      startFlink({ folder: join(folder, 'flink'), port: flinkPort, onStarted }),
    ])
    household.give({ KAFKA_BROKERS: brokers, FLINK_GATEWAY: flink.gateway, FLINK_JOB_MANAGER: flink.rest })
  } catch (error) {
    if (error instanceof MillraceError) throw new DemoFailure(error.message)
    throw error
  }
}
