import { closest, durationMs, type LakeSettings, type TableUpkeep, userError } from '@millrace/core'

/** How a table is kept small, with every setting resolved: plain data. */
export interface UpkeepRules {
  /** Absent: files stay as they are. */
  readonly compact: { readonly targetBytes: number; readonly filesMin: number } | undefined
  readonly keepSnapshots: number
  readonly keepChangesMs: number
}

const BYTES_PER_MB = 1024 ** 2
const TARGET_MB = { usual: 128, max: 1_024 }
const FILES_MIN = { usual: 8, max: 100 }
/** A table lists no more of them. */
const KEEP_SNAPSHOTS = { usual: 100, max: 500 }
const KEEP_CHANGES = '1h'
const SETTINGS: readonly string[] = ['compact', 'keepSnapshots', 'keepChanges']

/**
 * The rules of a table: what is declared for it, else for all, else what is usual.
 *
 * @throws user `project/bad-setting`, `project/unknown-setting`, `project/bad-duration`
 */
export function upkeepRules(lake: LakeSettings = {}, table?: string): UpkeepRules {
  const { tables = {}, ...all } = lake
  const own = table === undefined ? {} : (tables[table] ?? {})
  checkNames(all, 'lake')
  checkNames(own, `lake.tables.${table}`)
  const { compact = true, keepSnapshots, keepChanges = KEEP_CHANGES }: TableUpkeep = { ...all, ...own }
  return {
    compact: compact === false ? undefined : compactRule(compact === true ? {} : compact),
    keepSnapshots: whole('lake.keepSnapshots', keepSnapshots, KEEP_SNAPSHOTS),
    keepChangesMs: durationMs(keepChanges, '`lake.keepChanges`'),
  }
}

/** Refuses rules that cannot be, and such for tables that the project does not have. */
export function checkUpkeep(lake: LakeSettings | undefined, tables: readonly string[]): void {
  upkeepRules(lake)
  for (const name of Object.keys(lake?.tables ?? {})) {
    if (!tables.includes(name)) throw unknown(`Table \`${name}\` of setting \`lake.tables\` is not in the project`, name, tables)
    upkeepRules(lake, name)
  }
}

function compactRule(compact: Exclude<TableUpkeep['compact'], boolean | undefined>): UpkeepRules['compact'] {
  const { targetMb, filesMin, ...others } = compact
  for (const name of Object.keys(others)) throw unknown(`Setting \`lake.compact.${name}\` is not known`, name, ['targetMb', 'filesMin'])
  return {
    targetBytes: whole('lake.compact.targetMb', targetMb, TARGET_MB) * BYTES_PER_MB,
    filesMin: Math.max(2, whole('lake.compact.filesMin', filesMin, FILES_MIN)),
  }
}

function whole(name: string, asked: number | undefined, { usual, max }: { readonly usual: number; readonly max: number }): number {
  if (asked === undefined) return usual
  if (Number.isInteger(asked) && asked >= 1 && asked <= max) return asked
  throw userError('project/bad-setting', `\`${name}\` is ${JSON.stringify(asked)}; it must be 1 to ${max}.`, {
    asked,
    found: `1 to ${max}`,
    do: 'Give a whole number in this range.',
  })
}

function checkNames(settings: object, where: string): void {
  for (const key of Object.keys(settings))
    if (!SETTINGS.includes(key)) throw unknown(`Setting \`${where}.${key}\` is not known`, key, SETTINGS)
}

function unknown(what: string, asked: string, found: readonly string[]): Error {
  const near = closest(asked, found)
  return userError('project/unknown-setting', `${what}${near === undefined ? '' : `; did you mean \`${near}\`?`}`.concat('.'), {
    asked,
    found,
    do: 'Use one of those found.',
  })
}
