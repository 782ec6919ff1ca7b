import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { batchFromRows } from '@millrace/columnar'
import { openLake } from '@millrace/lake'
import { openStore } from '@millrace/store'
import { expect, it } from 'vitest'
import type { DoctorFinding } from './finding.ts'
import { lakeReport } from './lake-report.ts'

const FIELDS = [{ name: 'num1', type: 'int64', nullable: false }]

it('warns of very many small files, but not where they are put together without being asked', { timeout: 120_000 }, async () => {
  const stateDir = mkdtempSync(join(tmpdir(), 'millrace-lake-report-'))
  const store = await openStore({ stateDir })
  const lake = await openLake({ pool: store.pool, catalog: 'millrace', warehouse: join(stateDir, 'lake'), fileRowsMax: 1 })
  try {
    const name = { namespace: 'dev', table: 'small' }
    await lake.openTable(name, { fields: FIELDS })
    const numbers = Array.from({ length: 1_001 }, (_, i) => [i])
    await lake.append(name, { batches: numbers.map((row) => batchFromRows(FIELDS, [row])), positions: {} })
    const warned = async (compacts: boolean): Promise<readonly string[]> => {
      const findings: DoctorFinding[] = []
      await lakeReport(lake, 'dev', { log: undefined, findings, compacts: () => compacts })
      return findings.map(({ code }) => code)
    }
    expect(await warned(false)).toEqual(['lake/small-files'])
    expect(await warned(true)).toEqual([])
  } finally {
    await lake.close()
    await store.close()
    rmSync(stateDir, { recursive: true, force: true })
  }
})
