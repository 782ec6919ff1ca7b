import { openLog } from '@millrace/log-lmdb'
import { jsonLinesFormat, SinkRunner, type SinkTarget, sinkOf } from '../src/index.ts'
import { SINK_FIELDS, TOPIC } from './sink-place.ts'

/** A process that carries the topic to a sink until it is killed: `sink-process.ts <log> <partitions> <target as JSON>`. It ends with its parent. */
process.stdin.resume().on('end', () => process.exit(0))
const [path, partitions, target] = process.argv.slice(2)
const log = openLog({ path })
const sink = await sinkOf(JSON.parse(target) as SinkTarget, { name: 'test_sink', fields: SINK_FIELDS, parquet: jsonLinesFormat })
const columns = SINK_FIELDS.map((field) => field.name)
const limits = { pollMs: 5, batchRowsMax: 300, retry: { firstMs: 20, msMax: 200 } }
const runner = new SinkRunner({ log, sink, name: 'test_sink', topic: TOPIC, partitions: Number(partitions), columns, limits })
process.stdout.write('ready\n')
await runner.run(new AbortController().signal)
process.stdout.write(`${JSON.stringify(runner.status)}\n`)
