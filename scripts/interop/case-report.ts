/** Counts cases and says each on standard output. */
export class CaseReport {
  passed = 0
  failed = 0
  skipped = 0

  /** A case that was decided elsewhere; `why` is undefined when it passed. */
  add(name: string, why: string | undefined): void {
    if (why === undefined) this.passed++
    else this.failed++
    console.log(why === undefined ? `ok      ${name}` : `FAILED  ${name}: ${why}`)
  }

  /** Runs a case; it fails by throwing. */
  async run(name: string, check: () => Promise<void>): Promise<void> {
    this.add(
      name,
      await check().then(
        () => undefined,
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
      ),
    )
  }

  skip(name: string, why: string): void {
    this.skipped++
    console.log(`skipped ${name}: ${why}`)
  }

  /** Prints the totals; the process fails when a case did. */
  finish(): void {
    console.log(`${this.passed} passed, ${this.failed} failed, ${this.skipped} skipped`)
    if (this.failed > 0) process.exitCode = 1
  }
}
