import type { Field } from '@millrace/columnar'
import type { RegisterColumn } from './physical-plan.ts'

/** The fields of batches that hold registers: each column is called after its register. */
export function registerFields(columns: readonly RegisterColumn[]): Field[] {
  return columns.map(({ register, type }) => ({ name: `r${register}`, type, nullable: true }))
}
