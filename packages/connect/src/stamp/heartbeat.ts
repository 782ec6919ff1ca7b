const SECOND_MS = 1000

/** Whether the watermark passed a whole second of event time, so that a control record carries it into every log partition. */
export function heartbeatDue(before: number, after: number): boolean {
  return Math.floor(after / SECOND_MS) > Math.floor(before / SECOND_MS)
}
