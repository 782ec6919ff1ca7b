export type * from './event-log.ts'
export type * from './plan-runner.ts'
export * from './stamp.ts'
export type * from './table-store.ts'
