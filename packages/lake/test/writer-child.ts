import { MillraceError } from '@millrace/core'
import pg from 'pg'
import { openLake } from '../src/index.ts'
import { batch, CATALOG } from './lake-fixture.ts'
import { literalOf } from './table-model.ts'

/** Appends, overwrites its own slice and compacts, in turn, doing again what conflicts; run as several processes at once by a test. */
const APPENDS = 8
const OVERWRITES = 6
const TRIES_MAX = 200

const [url, warehouse, table, writer] = process.argv.slice(2)
const pool = new pg.Pool({ connectionString: url })
const lake = await openLake({ pool, catalog: CATALOG, warehouse })
const name = { namespace: 'dev', table }
let conflicts = 0

async function untilCommitted(commit: () => Promise<unknown>): Promise<void> {
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    try {
      await commit()
      return
    } catch (error) {
      const code = error instanceof MillraceError ? error.code : ''
      if (code !== 'lake/conflict' && code !== 'lake/commit-contended') throw error
      conflicts++
    }
  }
  process.exit(9)
}

// A slice of its own that other writers' rows share files with.
const key = 1000 + Number(writer)
const slice = { fn: 'eq', args: [{ col: 'num1' }, literalOf(key, 'int64')] }
let overwritten = 0
for (let i = 0; i < APPENDS; i++) {
  await untilCommitted(() =>
    lake.append(name, { batches: [batch([[i, i, `${writer} append ${i}`]])], positions: { [`own${writer}`]: { 0: i + 1 } } }),
  )
  if (i < OVERWRITES) {
    const rows = Array.from({ length: 3 }, () => [0, key, `${writer} slice ${i}`])
    await untilCommitted(() => lake.overwrite(name, { where: slice, batches: [batch(rows)] }))
    overwritten++
  }
  if (i % 3 === 2) await untilCommitted(() => lake.compact(name))
}
process.stdout.write(JSON.stringify({ appended: APPENDS, overwritten, conflicts }))
await lake.close()
await pool.end()
