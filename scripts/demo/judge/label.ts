/** An attack as whoever simulated it says. */
export interface Label {
  readonly id: string
  readonly kind: string
  readonly addresses: readonly string[]
  /** First and last request, epoch ms; the log writes whole seconds, so the first is rounded down to one. */
  readonly from: number
  readonly to: number
}

/** Labels with at least as many addresses are attacks by many together, as are kinds that say so. */
const MANY = 10

export function readLabels(text: string): readonly Label[] {
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const { id, kind, addresses, from, to } = JSON.parse(line) as Record<'id' | 'kind' | 'from' | 'to', string> & { addresses: string[] }
      return { id, kind, addresses, from: Math.floor(Date.parse(from) / 1000) * 1000, to: Date.parse(to) }
    })
}

/** Whether the view over all addresses must find it. */
export function isDistributed({ kind, addresses }: Label): boolean {
  return kind.startsWith('distributed') || addresses.length >= MANY
}

/** Whether the attack was under way in [start, end). */
export function overlaps({ from, to }: Pick<Label, 'from' | 'to'>, { start, end }: Span): boolean {
  return from < end && to >= start
}

/** A window, epoch ms; the end is outside. */
export interface Span {
  readonly start: number
  readonly end: number
}
