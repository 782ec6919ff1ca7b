import { MillraceError } from '@millrace/core'

/** What is wrong, and what to do about it. `warning` asks for a look; `user` and `operating` make the command fail with their exit status. */
export interface DoctorFinding {
  readonly level: 'warning' | 'user' | 'operating'
  readonly code: string
  readonly message: string
  readonly do: string
}

const EXIT_STATUS: Readonly<Record<DoctorFinding['level'], number>> = { warning: 0, user: 1, operating: 2 }

/** 0 when nothing but warnings is there, else that of the gravest finding. */
export function findingsStatus(findings: readonly DoctorFinding[]): number {
  return findings.reduce((status, finding) => Math.max(status, EXIT_STATUS[finding.level]), 0)
}

/** A failure of what was looked at, as a finding; what is no failure of ours to name is thrown on. */
export function failureFinding(error: unknown, otherwise: string): DoctorFinding {
  if (!(error instanceof MillraceError)) throw error
  return { level: 'operating', code: error.code, message: error.message, do: error.facts.do ?? otherwise }
}
