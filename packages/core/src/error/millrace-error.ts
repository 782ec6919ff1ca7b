/** Who has to act: `user` mends the input or the project, `operating` means a machine, disk or server failed, `bug` is ours. */
export type ErrorFamily = 'user' | 'operating' | 'bug'

/** The facts every failure carries: what was asked, what was found, what to do. */
export interface ErrorFacts {
  readonly asked?: unknown
  readonly found?: unknown
  readonly do?: string
  readonly at?: { readonly file: string; readonly line?: number }
  readonly cause?: unknown
  /** Further machine-readable facts of this code, e.g. `engine`, `operation`, `engines_that_can`. */
  readonly details?: Readonly<Record<string, unknown>>
}

const EXIT_STATUS: Readonly<Record<ErrorFamily, number>> = { user: 1, operating: 2, bug: 3 }

/**
 * The one error class of Millrace.
 *
 * @example
 * throw userError('project/unknown-column', 'Column `amout` is not in `orders`; did you mean `amount`?',
 *   { asked: 'amout', found: ['amount'], do: 'Use one of the columns found.' })
 */
export class MillraceError extends Error {
  readonly family: ErrorFamily
  readonly code: string
  readonly facts: ErrorFacts

  constructor(family: ErrorFamily, code: string, message: string, facts: ErrorFacts = {}) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause })
    this.name = 'MillraceError'
    this.family = family
    this.code = code
    this.facts = facts
  }

  /** Exit status of the command line: 1 user error, 2 operating error, 3 bug. */
  get exitStatus(): number {
    return EXIT_STATUS[this.family]
  }

  /** The JSON document that `--json` prints for this failure. */
  toDocument(): { error: Record<string, unknown> } {
    const { asked, found, at, details } = this.facts
    const error: Record<string, unknown> = { code: this.code, message: this.message }
    if (asked !== undefined) error.asked = asked
    if (found !== undefined) error.found = found
    if (this.facts.do !== undefined) error.do = this.facts.do
    if (at !== undefined) error.at = at
    return { error: { ...error, ...details } }
  }
}

/** The user can mend this: exit status 1. Codes are `area/kebab-fact` and stand in the catalogue. */
export function userError(code: string, message: string, facts?: ErrorFacts): MillraceError {
  return new MillraceError('user', code, message, facts)
}

/** A machine, disk, server or lease is in the way: exit status 2. */
export function operatingError(code: string, message: string, facts?: ErrorFacts): MillraceError {
  return new MillraceError('operating', code, message, facts)
}

/** Something that cannot happen happened: exit status 3. */
export function bugError(code: string, message: string, facts?: ErrorFacts): MillraceError {
  return new MillraceError('bug', code, message, facts)
}
