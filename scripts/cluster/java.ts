import { spawnSync } from 'node:child_process'
import { operatingError } from '@millrace/core'

const JAVA_MAJOR_MIN = 17

/** What is wrong with this machine's Java, as a sentence; undefined when Java will do. */
export function javaProblem(): string | undefined {
  const { status, stderr } = spawnSync('java', ['-version'], { encoding: 'utf8' })
  const advice = `Install Java ${JAVA_MAJOR_MIN} and Maven (Debian: apt install openjdk-17-jre-headless maven).`
  if (status !== 0) return `Java is not installed. ${advice}`
  const major = Number(/version "(\d+)/.exec(stderr)?.[1] ?? 0)
  return major >= JAVA_MAJOR_MIN ? undefined : `Java ${major} is too old. ${advice}`
}

/** Refuses in a sentence where there is no Java that will do. */
export function requireJava(): void {
  const problem = javaProblem()
  if (problem !== undefined)
    throw operatingError('cluster/no-java', problem, { asked: `Java ${JAVA_MAJOR_MIN}`, found: problem, do: problem })
}
