import { resolve } from 'node:path'
import { MillraceError } from '@millrace/core'
import { checkLake } from '@millrace/engine-flink'
import type { Store } from '@millrace/store'
import { lakeCluster } from '../flink-backfill/lake-cluster.ts'
import type { FlinkPlace } from '../project/environment-rules.ts'
import { warehouseDir } from '../scope/scope.ts'
import { type DoctorFinding, failureFinding } from './finding.ts'

/** Whether a Flink cluster reads the lake's catalog. */
export interface CatalogReport {
  /** Where the cluster looks for it: `host:port/name`. */
  readonly database: string
  readonly reachable: boolean
}

/** Has a cluster look into the lake's catalog. What is in the way is a warning where no backfill is to go there. */
export async function catalogReport(
  flink: FlinkPlace,
  { store, stateDir, findings }: { readonly store: Pick<Store, 'url'>; readonly stateDir: string; readonly findings: DoctorFinding[] },
): Promise<CatalogReport> {
  const { gateway, catalog } = lakeCluster({ store, warehouse: resolve(warehouseDir(stateDir)) }, flink)
  const { host, pathname } = new URL(catalog.url)
  const database = `${host}${pathname}`
  try {
    await checkLake({ gateway, catalog })
    return { database, reachable: true }
  } catch (error) {
    if (!(error instanceof MillraceError) || error.family === 'bug') throw error
    const found = failureFinding(error, 'See the log of the SQL gateway.')
    findings.push(flink.backfill === 'never' ? { ...found, level: 'warning' } : found)
    return { database, reachable: false }
  }
}
