import pg from 'pg'
import { openLake } from '../src/index.ts'
import { CATALOG } from './lake-fixture.ts'

/** Pins a snapshot and dies with it. */
const [url, warehouse, table] = process.argv.slice(2)
const lake = await openLake({ pool: new pg.Pool({ connectionString: url }), catalog: CATALOG, warehouse })
await lake.pin({ namespace: 'dev', table })
process.kill(process.pid, 'SIGKILL')
