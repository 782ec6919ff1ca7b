import type { Column } from '@millrace/columnar'

/** Rows that hand out their columns by name, each when it is first asked for. */
export interface RowSource {
  readonly rows: number
  column(name: string): Column
}
