// Loads a server as its one argument, a JSON text, says; prints the figures: a process of its own.
import { httpLoad, type LoadOrder } from './score/http-load.ts'

process.stdout.write(JSON.stringify(await httpLoad(JSON.parse(process.argv[2]) as LoadOrder)))
