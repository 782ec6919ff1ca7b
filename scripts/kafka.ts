// A Kafka of one node for this machine: npm run kafka:up|kafka:down [-- --port 9092 --dir DIR --json]
import { startKafka, stopKafka } from './cluster/kafka-server.ts'
import { runServerCommand, serverOptions } from './cluster/server-options.ts'

const args = process.argv.slice(2)
await runServerCommand(args.includes('--json'), async () => {
  const { action, folder, port } = serverOptions(args, { name: 'kafka', port: 9092 })
  if (action === 'up') {
    const brokers = await startKafka({ folder, port })
    return { text: `Kafka serves at ${brokers}; data, log and process id are in ${folder}.`, document: { brokers, folder } }
  }
  const stopped = await stopKafka(folder)
  return { text: stopped ? 'Kafka is stopped; its data stays.' : `No Kafka of ${folder} runs.`, document: { stopped, folder } }
})
