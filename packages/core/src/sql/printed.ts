/** A piece of SQL with the plan type of its value. */
export interface Printed {
  readonly sql: string
  readonly type: string
  /** Needs no parentheses as an operand. */
  readonly atom: boolean
  /**
   * A double that may still be NaN, infinite or −0. Sums, differences and products of such values stay so, thus chains of
   * arithmetic are tidied once, where another kind of expression reads them.
   */
  readonly raw?: boolean
}

export function atom(sql: string, type: string): Printed {
  return { sql, type, atom: true }
}

export function compound(sql: string, type: string): Printed {
  return { sql, type, atom: false }
}

/** The text as an operand of any operator. */
export function operand(printed: Printed): string {
  return printed.atom ? printed.sql : `(${printed.sql})`
}
