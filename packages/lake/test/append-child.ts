import { batchFromRows } from '@millrace/columnar'
import pg from 'pg'
import { openLake } from '../src/index.ts'
import { CATALOG, FIELDS } from './lake-fixture.ts'

/** Appends three files of rows and kills itself with SIGKILL at the given stage; run as a child by the tests of a commit. */
const [url, warehouse, table, stage] = process.argv.slice(2)
const die = () => process.kill(process.pid, 'SIGKILL')
const pool = new pg.Pool({ connectionString: url })
const lake = await openLake({
  pool,
  catalog: CATALOG,
  warehouse,
  fileRowsMax: 1000,
  onCommit: (phase) => {
    if (phase === stage) die()
  },
})

async function* batches() {
  for (let file = 0; file < 3; file++) {
    if (file === 2 && stage === 'data-half-written') die()
    yield batchFromRows(
      FIELDS,
      Array.from({ length: 1000 }, (_, i) => [i, i, 'new']),
    )
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

await lake.append({ namespace: 'dev', table }, { batches: batches(), positions: { requests: { 0: 3001 } } })
