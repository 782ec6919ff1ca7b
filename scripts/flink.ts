// A Flink cluster for this machine: npm run flink:up|flink:down [-- --port 8081 --dir DIR --json]
import { startFlink, stopFlink } from './cluster/flink-server.ts'
import { runServerCommand, serverOptions } from './cluster/server-options.ts'

const args = process.argv.slice(2)
await runServerCommand(args.includes('--json'), async () => {
  const { action, folder, port } = serverOptions(args, { name: 'flink', port: 8081 })
  if (action === 'up') {
    const { gateway, rest } = await startFlink({ folder, port })
    const text = `Flink's SQL gateway serves at ${gateway}, its JobManager at ${rest}; checkpoints, logs and process ids are in ${folder}.`
    return { text, document: { gateway, rest, folder } }
  }
  const stopped = await stopFlink(folder)
  const text = stopped.length > 0 ? `Stopped: ${stopped.join(', ')}; checkpoints and savepoints stay.` : `No Flink of ${folder} runs.`
  return { text, document: { stopped, folder } }
})
