import { bugError, operatingError } from '@millrace/core'

/** The lines of a Java failure that say what went wrong, the deepest last. */
export function reasonsOf(text: string): readonly string[] {
  const lines = text.split(/\\n|\n/).filter((line) => /^(Caused by: |[\w.$]+(Exception|Error)\b)/.test(line.trim()))
  return lines
    .map((line) =>
      line
        .trim()
        .replace(/^Caused by: /, '')
        .replace(/\\t/g, ' '),
    )
    .filter((line, i, all) => all.indexOf(line) === i)
}

/** A statement that Flink refused or failed at: ours where it does not understand it, else the cluster's. */
export function statementError(statement: string, failure: string): Error {
  const reasons = reasonsOf(failure)
  const last = reasons.at(-1) ?? failure.slice(0, 300)
  const facts = { asked: statement, found: reasons.length === 0 ? failure.slice(0, 4000) : reasons }
  if (/ValidationException|SqlParserException|SqlParserImplFactory|TableException|CodeGenException|CalciteContextException/.test(failure))
    return bugError('engine/sql-failed', `Flink refused a statement that Millrace wrote: ${last}`, {
      ...facts,
      do: 'Report this with the statement.',
    })
  return operatingError('engine/job-failed', `Flink could not run the statement: ${last}`, {
    ...facts,
    do: "Read the logs of the cluster's JobManager and TaskManagers.",
  })
}
