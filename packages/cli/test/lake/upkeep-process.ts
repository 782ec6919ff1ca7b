import { openLog } from '@millrace/log-lmdb'
import { openStore } from '@millrace/store'
import { openLakeOf, openWriters, upkeepOf } from './kept-lake.ts'

/** Carries topics into their tables and keeps these small until it is killed: `upkeep-process.ts LOG STATE URL WAREHOUSE`. */
const [logPath, stateDir, databaseUrl, warehouse] = process.argv.slice(2)
const log = openLog({ path: logPath })
const store = await openStore({ stateDir, databaseUrl })
const writers = await openWriters(log, await openLakeOf(store, warehouse))
const lake = await openLakeOf(store, warehouse, { tempDir: `${warehouse}-upkeep-tmp` })
upkeepOf(lake, { onTrouble: (table, code, message) => process.stderr.write(`${table}: ${code} ${message}\n`) }).start()
process.stdout.write('ready\n')
for (;;) for (const writer of writers) if ((await writer.flush(20)) === 0) await new Promise((resolve) => setTimeout(resolve, 5))
