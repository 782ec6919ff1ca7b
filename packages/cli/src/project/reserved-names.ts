import { type CheckedPlan, RESERVED_WORDS } from '@millrace/core'

/** One sentence per column whose name hand-written SQL must quote. */
export function reservedNameWarnings(asset: string, checked: CheckedPlan): readonly string[] {
  return checked.output.fields
    .filter((field) => RESERVED_WORDS.has(field.name))
    .map((field) => `column \`${field.name}\` of \`${asset}\` is a reserved word in SQL; hand-written statements must quote it.`)
}
