import { type CodeFile, isTest } from './code-file.ts'
import type { Finding } from './finding.ts'

/** `any` in core, and built-in errors made outside core/error. Tests and plain-JavaScript scripts may make errors. */
export function checkBans(files: readonly CodeFile[]): Finding[] {
  return files.flatMap((file) => [...anys(file), ...bareErrors(file), ...unparsed(file)])
}

function anys({ path, anys: lines }: CodeFile): Finding[] {
  if (!path.startsWith('packages/core/')) return []
  return lines.map((line) => ({ rule: 'any', path, line, message: 'core has no `any`; say the type, or `unknown` and check it.' }))
}

function bareErrors({ path, bareErrors: lines }: CodeFile): Finding[] {
  if (isTest(path) || path.startsWith('packages/core/src/error/') || /\.m?js$/.test(path)) return []
  return lines.map((line) => ({
    rule: 'error',
    path,
    line,
    message: 'a bare error has no code and no exit status; use userError, operatingError or bugError of @millrace/core.',
  }))
}

function unparsed({ path, parseErrors }: CodeFile): Finding[] {
  return parseErrors.slice(0, 1).map((message) => ({ rule: 'syntax', path, message }))
}
