/** What `millrace.config.ts` may say. */
export interface MillraceConfig {
  readonly name: string
  /** Glob patterns of the files that export assets, relative to the project; all of the project's TypeScript files when left out. */
  readonly assets?: readonly string[]
  /** Log partitions of a stream: the most workers that can share it. 4 when left out. */
  readonly partitions?: number
}

/** Declares the project; the default export of `millrace.config.ts`. */
export function defineProject(config: MillraceConfig): MillraceConfig {
  return config
}
