import { bugError, MillraceError } from '@millrace/core'
import { colour } from './colour.ts'

/** Writes the one JSON document of a command to stdout. */
export function printJson(document: unknown): void {
  process.stdout.write(`${JSON.stringify(document)}\n`)
}

export function printText(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** Progress, warnings and logs. */
export function note(text: string): void {
  process.stderr.write(`${text}\n`)
}

/** Prints a failure in the form asked for and returns the exit status. */
export function printFailure(error: unknown, options: { readonly json: boolean }): number {
  const known =
    error instanceof MillraceError
      ? error
      : bugError('bug/unexpected', error instanceof Error ? error.message : String(error), {
          cause: error,
          do: 'Please report this with the command and its input.',
        })
  if (options.json) printJson(known.toDocument())
  else process.stderr.write(failureText(known))
  if (known.family === 'bug' && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n`)
  return known.exitStatus
}

function failureText(error: MillraceError): string {
  const { at } = error.facts
  const lines = [`${colour.red('✗')} ${error.message} ${colour.dim(`[${error.code}]`)}`]
  if (at !== undefined) lines.push(`  at ${at.file}${at.line === undefined ? '' : `:${at.line}`}`)
  if (error.facts.do !== undefined) lines.push(`  → ${error.facts.do}`)
  return `${lines.join('\n')}\n`
}
