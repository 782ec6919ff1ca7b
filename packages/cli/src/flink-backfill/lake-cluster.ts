import type { LakeCluster } from '@millrace/engine-flink'
import type { Store } from '@millrace/store'
import type { FlinkPlace } from '../project/environment-rules.ts'
import { CATALOG_NAME } from '../scope/scope.ts'

/** A Flink cluster that knows our lake. */
export function lakeCluster(
  { store, warehouse }: { readonly store: Pick<Store, 'url'>; readonly warehouse: string },
  { gateway, jobManager, parallelism, database }: FlinkPlace,
): LakeCluster {
  return { gateway, jobManager, parallelism, catalog: { name: CATALOG_NAME, url: database ?? store.url, warehouse } }
}
