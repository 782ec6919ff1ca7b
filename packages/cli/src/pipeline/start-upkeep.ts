import { join } from 'node:path'
import { openLake } from '@millrace/lake'
import type { Store } from '@millrace/store'
import type { UpkeepRules } from '../project/upkeep-rules.ts'
import { CATALOG_NAME, type Scope, warehouseDir } from '../scope/scope.ts'
import { LakeUpkeep, type LakeUpkeepOptions } from './lake-upkeep.ts'
import type { TableSpec } from './table-spec.ts'

const MEMORY_MAX = '256MB'

export interface UpkeepParts {
  readonly store: Store
  readonly stateDir: string
  readonly scope: Scope
  /** Whose tables these are; nobody else of the state folder uses the name. */
  readonly owner: string
  readonly tables: readonly TableSpec[]
  /** By table; those without rules are left alone. */
  readonly rules: Readonly<Record<string, UpkeepRules>>
  readonly onTrouble: LakeUpkeepOptions['onTrouble']
}

/** Keeps tables small, with a writer of its own, until it is ended. */
export async function startUpkeep(parts: UpkeepParts): Promise<{ end(): Promise<void> }> {
  const { store, stateDir, scope, owner, rules, onTrouble } = parts
  const lake = await openLake({
    ...{ pool: store.pool, catalog: CATALOG_NAME, warehouse: warehouseDir(stateDir), threads: 1 },
    ...{ memoryMax: MEMORY_MAX, tempDir: join(stateDir, 'lake-tmp', `upkeep-${scope.namespace}-${owner}`) },
  })
  const tables = parts.tables.flatMap((spec) => {
    const rule = rules[spec.name]
    return rule === undefined ? [] : [{ name: { namespace: scope.namespace, table: spec.name }, spec, rules: rule }]
  })
  const upkeep = new LakeUpkeep({ lake, tables, onTrouble })
  upkeep.start()
  return {
    async end() {
      await upkeep.stop()
      await lake.close()
    },
  }
}
