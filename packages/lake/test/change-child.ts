import pg from 'pg'
import { openLake } from '../src/index.ts'
import { batch, CATALOG } from './lake-fixture.ts'

/** Changes a table and kills itself with SIGKILL at the given stage; run as a child by the tests of maintenance. */
const [url, warehouse, table, what, stage] = process.argv.slice(2)
const pool = new pg.Pool({ connectionString: url })
const lake = await openLake({
  pool,
  catalog: CATALOG,
  warehouse,
  onCommit: (phase) => {
    if (phase === stage) process.kill(process.pid, 'SIGKILL')
  },
})
const name = { namespace: 'dev', table }
const changes: Readonly<Record<string, () => Promise<unknown>>> = {
  overwrite: () =>
    lake.overwrite(name, {
      where: { fn: 'eq', args: [{ col: 'num1' }, { lit: '2', type: 'int64' }] },
      batches: [batch([[0, 9, 'new']])],
    }),
  compact: () => lake.compact(name),
  condense: () => lake.condense(name, { rows: (all) => `(SELECT DISTINCT * FROM ${all})`, before: Date.now() + 1000, filesMin: 2 }),
  expire: () => lake.expire(name, { before: Date.now() + 1000 }),
  evolve: () =>
    lake.evolve(name, {
      steps: [
        { kind: 'rename', column: 'txt1', to: 'txt2' },
        { kind: 'rename', column: 'txt2', to: 'txt1' },
      ],
    }),
  tag: () => lake.tag(name, { tag: 'here' }),
}
await changes[what]()
await lake.close()
await pool.end()
