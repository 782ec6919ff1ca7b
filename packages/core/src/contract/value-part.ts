import type { TypeName } from '../expr/typed.ts'

/** What ingest reads out of texts of a kind: by the suffix of the column that holds it, its type. Any of it may be null. */
export const VALUE_PARTS = {
  url: { scheme: 'string', host: 'string', port: 'int32', path: 'string', query: 'string', fragment: 'string' },
  'user-agent': { browser: 'string', browser_version: 'string', os: 'string', device: 'string', is_bot: 'boolean' },
  ip: { version: 'int32', sort: 'string' },
} as const satisfies Readonly<Record<string, Readonly<Record<string, TypeName>>>>

export type PartKind = keyof typeof VALUE_PARTS

/** Tells ingest to read parts out of a field's texts; plain data. */
export interface ValueParts<K extends PartKind = PartKind> {
  readonly kind: K
  /** Texts that are none of the kind stay, with parts that are null; else they make a dead letter. */
  readonly lenient: boolean
  /** What relative URLs are relative to. */
  readonly base?: string
}

type NameOf<F> = Extract<keyof F, string>
type KindOf<X> = X extends { readonly parts: ValueParts<infer K> } ? K : never
type Intersection<U> = (U extends unknown ? (one: U) => void : never) extends (all: infer I) => void ? I : never

/** The columns of a field's parts. */
type PartsOf<N extends string, K extends PartKind> = {
  [S in Extract<keyof (typeof VALUE_PARTS)[K], string> as `${N}_${S}`]: { type: (typeof VALUE_PARTS)[K][S]; nullable: true }
}

/** The columns of all fields' parts. */
export type PartColumns<F> = Intersection<
  { [N in NameOf<F>]: [KindOf<F[N]>] extends [never] ? never : PartsOf<N, KindOf<F[N]>> }[NameOf<F>]
>
