/** Bytes that are not a batch, a batch that is damaged, or values that do not fit the field they are put under. */
export class BatchFormatError extends Error {
  /** `columnar/…`, a stable name of what is wrong. */
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.name = 'BatchFormatError'
    this.code = code
  }
}
