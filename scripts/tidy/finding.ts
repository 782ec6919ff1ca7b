/** One thing that breaks a rule of place, name or size. `line` counts from 1; `path` is relative to the repository. */
export interface Finding {
  readonly rule: string
  readonly path: string
  readonly line?: number
  /** What was found and what to do instead. */
  readonly message: string
}

export function printFinding({ rule, path, line, message }: Finding): string {
  return `${path}${line === undefined ? '' : `:${line}`}  ${rule}  ${message}`
}
