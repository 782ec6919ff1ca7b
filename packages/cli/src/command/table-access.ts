import { type Lake, openLake } from '@millrace/lake'
import { openStore, type Store } from '@millrace/store'
import { CATALOG_NAME, warehouseDir } from '../scope/scope.ts'
import { type CommonOptions, stateDir } from './common-options.ts'

/** What a command needs that changes tables. */
export interface Services {
  readonly store: Store
  readonly lake: Lake
}

/** Opens database and tables of the state folder for as long as the work takes. */
export async function withServices<T>(options: CommonOptions, work: (services: Services) => Promise<T>): Promise<T> {
  const state = stateDir(options)
  const store = await openStore({ stateDir: state, databaseUrl: options.database })
  try {
    const lake = await openLake({ pool: store.pool, catalog: CATALOG_NAME, warehouse: warehouseDir(state) })
    try {
      return await work({ store, lake })
    } finally {
      await lake.close()
    }
  } finally {
    await store.close()
  }
}
