/** Where a stream's records come from. */
export type SourceDeclaration = LogFilesDeclaration

export interface LogFilesDeclaration {
  readonly kind: 'log-files'
  /** Glob patterns, relative to the project. */
  readonly patterns: readonly string[]
  /** `combined` takes Common and Combined Log Format lines. */
  readonly format: 'combined'
  /** Whether `dev` waits for more lines. */
  readonly follow: boolean
}

/** Access-log files, followed as they grow. @example logFiles('logs/*.log', { format: 'combined' }) */
export function logFiles(
  patterns: string | readonly string[],
  options: { readonly format: 'combined'; readonly follow?: boolean },
): LogFilesDeclaration {
  return {
    kind: 'log-files',
    patterns: typeof patterns === 'string' ? [patterns] : patterns,
    format: options.format,
    follow: options.follow ?? true,
  }
}
