/** A failure of the runner itself; the host wraps it into its own error family. Codes are `area/kebab-fact`. */
export class StreamFault extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.name = 'StreamFault'
    this.code = code
  }
}
