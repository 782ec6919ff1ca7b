// The tests that need Kafka and Flink, on servers of their own: npm run test:cluster [-- vitest's arguments]
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startFlink, stopFlink } from './cluster/flink-server.ts'
import { javaProblem } from './cluster/java.ts'
import { startKafka, stopKafka } from './cluster/kafka-server.ts'
import { freePorts } from './process/free-port.ts'

const problem = javaProblem()
if (problem !== undefined) {
  console.log(`skipped: ${problem}\n0 passed, 0 failed, 1 skipped`)
} else {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-cluster-'))
  const [kafka, flink] = [join(folder, 'kafka'), join(folder, 'flink')]
  const stop = async (): Promise<void> => {
    await Promise.all([stopKafka(kafka), stopFlink(flink)])
    rmSync(folder, { recursive: true, force: true })
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => void stop().then(() => process.exit(1)))
  try {
    const [brokerPort, flinkPort] = [await freePorts(2), await freePorts(4)]
    const [brokers, address] = await Promise.all([
      startKafka({ folder: kafka, port: brokerPort }),
      startFlink({ folder: flink, port: flinkPort }),
    ])
    process.exitCode = await runTests({
      MILLRACE_KAFKA: brokers,
      MILLRACE_FLINK_REST: address.rest,
      MILLRACE_FLINK_GATEWAY: address.gateway,
    })
  } finally {
    await stop()
  }
}

function runTests(servers: Readonly<Record<string, string>>): Promise<number> {
  const vitest = join(import.meta.dirname, '../node_modules/vitest/vitest.mjs')
  const child = spawn(process.execPath, [vitest, 'run', '--project', 'cluster', ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: { ...process.env, ...servers },
  })
  return new Promise((resolve) => child.once('close', (code) => resolve(code ?? 1)))
}
