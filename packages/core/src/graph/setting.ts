/** A value that is read from the environment when it is needed, so that it never stands in a plan or a table. */
export interface EnvironmentValue {
  readonly env: string
}

/** Names a variable of the process's environment. @example webhook(env('ALERT_URL')) */
export function env(name: string): EnvironmentValue {
  return { env: name }
}

/** Text as it stands, or the environment's. */
export type Setting = string | EnvironmentValue
