// Pushes records as its one argument, a JSON text, says; prints the figures: a process of its own.
import { type PushOrder, pushLoad } from './ingest/push-load.ts'

process.stdout.write(JSON.stringify(await pushLoad(JSON.parse(process.argv[2]) as PushOrder)))
