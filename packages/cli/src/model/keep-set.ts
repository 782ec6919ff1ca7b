import type { ModelVersion } from '@millrace/store'
import { type ReadContext, tableName } from '../scope/open-scope.ts'
import type { StoredSetRecord } from './rebuild-set.ts'

/** Tags the snapshots that a version was trained on, so that its set can be built again for as long as the tables are there. */
export async function keepSet({ lake, scope }: ReadContext, version: ModelVersion): Promise<void> {
  const { snapshots } = version.trainingSet as unknown as StoredSetRecord
  for (const [table, snapshotId] of Object.entries(snapshots)) {
    if (snapshotId !== null) await lake.tag(tableName(scope, table), { tag: `train.${version.model}.v${version.version}`, snapshotId })
  }
}
