import type { Duration } from '../type/duration.ts'
import type { Size } from '../type/size.ts'
import type { EnvironmentSettings } from './environment.ts'

/** How a table is kept small while `dev` or `up` runs. */
export interface TableUpkeep {
  /** Whether small files are put together, to about how many MiB (128), and how many of one size make it worth while (8). On when left out. */
  readonly compact?: boolean | { readonly targetMb?: number; readonly filesMin?: number }
  /** Snapshots that stay; 100 when left out, 500 at most. None goes before it is ten minutes old. */
  readonly keepSnapshots?: number
  /** For how long each change of a view whose rows are corrected is kept before only the rows as they stand are; `1h` when left out. */
  readonly keepChanges?: Duration
}

/** Upkeep of all tables, and what is different for some. */
export interface LakeSettings extends TableUpkeep {
  readonly tables?: Readonly<Record<string, TableUpkeep>>
}

/** What `millrace.config.ts` may say. */
export interface MillraceConfig {
  readonly name: string
  /** Glob patterns of the files that export assets, relative to the project; all of the project's TypeScript files when left out. */
  readonly assets?: readonly string[]
  /** Log partitions of a stream: the most workers that can share it. 4 when left out. */
  readonly partitions?: number
  /**
   * Memory that an operator of the stream engine may take over all partitions, e.g. `256MB`: what does not fit is put away on disk. As
   * much as it needs when left out. State that was made without it stays in memory until it is made anew.
   */
  readonly stateMemory?: Size
  readonly lake?: LakeSettings
  /** What environments have beyond this machine, by the name that `--env` takes. */
  readonly environments?: Readonly<Record<string, EnvironmentSettings>>
}

/** Declares the project; the default export of `millrace.config.ts`. */
export function defineProject(config: MillraceConfig): MillraceConfig {
  return config
}
