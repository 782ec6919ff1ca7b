/** Reads the records of a source. */
export interface ScanNode {
  readonly id: string
  readonly kind: 'scan'
  readonly source: string
}
