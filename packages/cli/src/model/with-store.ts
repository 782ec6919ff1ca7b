import { existsSync } from 'node:fs'
import { userError } from '@millrace/core'
import { openStore, type Store } from '@millrace/store'
import { type CommonOptions, stateDir } from '../command/common-options.ts'
import { type LoadedProject, loadProject } from '../project/load-project.ts'
import { checkEnv } from '../scope/scope.ts'

/** What a command about models needs that reads no tables. */
export interface StoreContext {
  readonly store: Store
  readonly loaded: LoadedProject
  readonly state: string
}

/** Opens the project and the store of its state folder, which must be there. */
export async function withStore<T>(options: CommonOptions, work: (context: StoreContext) => Promise<T>): Promise<T> {
  const state = stateDir(options)
  checkEnv(options.env)
  const loaded = await loadProject(options.project)
  if (!existsSync(state))
    throw userError('state/not-found', `There is no state folder ${state}.`, {
      asked: state,
      found: 'nothing',
      do: 'Run the project first (`millrace run --input FILE`), or name its state folder with `--state`.',
    })
  const store = await openStore({ stateDir: state, databaseUrl: options.database })
  try {
    return await work({ store, loaded, state })
  } finally {
    await store.close()
  }
}
