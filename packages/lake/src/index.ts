export type { CommitPhase } from './append.ts'
export type { Queryable } from './catalog.ts'
export { type Lake, type LakeOptions, openLake } from './lake.ts'
