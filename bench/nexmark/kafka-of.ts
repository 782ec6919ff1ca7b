import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { KafkaConnection } from '@millrace/log-kafka'
import { startKafka, stopKafka } from '../../scripts/cluster/kafka-server.ts'
import { freePorts } from '../../scripts/process/free-port.ts'

/** A broker of its own with what is written to it. */
export async function kafkaOf(
  write: (connection: KafkaConnection) => Promise<void>,
): Promise<{ address: string; close: () => Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-kafka-'))
  const address = await startKafka({ folder, port: await freePorts(2) })
  const close = async (): Promise<void> => {
    await stopKafka(folder)
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await write({ brokers: [address] })
    return { address, close }
  } catch (error) {
    await close()
    throw error
  }
}
