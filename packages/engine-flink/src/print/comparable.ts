import { atom, type Printed } from './printed.ts'
import { printType } from './type-printer.ts'

/** Bytes as text of one character each, which Flink compares, groups and orders; it does none of these with bytes throughout. */
export function textOfBytes(sql: string): string {
  return `DECODE(${sql}, 'ISO-8859-1')`
}

export function bytesOfText(sql: string): string {
  return `ENCODE(${sql}, 'ISO-8859-1')`
}

/** A value in a form that Flink finds equal to others as we do; others than bytes are left as they are. */
export function equalForm(value: Printed): Printed {
  return value.type === 'bytes' ? atom(textOfBytes(value.sql), 'string') : value
}

/**
 * A value in a form that Flink orders as we do. It compares texts by their UTF-8 bytes or by their UTF-16 units, as they happen to lie in
 * memory; of ASCII both give the same.
 */
export function orderedForm(value: Printed): Printed {
  if (value.type === 'bytes') return equalForm(value)
  return printType(value.type) === 'STRING' ? atom(`HEX(${value.sql})`, 'string') : value
}

/** The text that `orderedForm` was made of. */
export function textOfHex(sql: string): string {
  return `DECODE(UNHEX(${sql}), 'UTF-8')`
}
