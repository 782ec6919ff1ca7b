import { userError } from '../error/index.ts'
import type { ListName, StructName, TypeName } from '../expr/typed.ts'
import type { PartKind, ValueParts } from './value-part.ts'

/** What a contract promises of one field. */
export interface FieldType<T extends TypeName = TypeName, Nullable extends boolean = boolean> {
  readonly type: T
  readonly nullable: Nullable
  readonly min?: number | bigint | string
  readonly max?: number | bigint | string
  /** Kind of personal data, for masking. */
  readonly sensitive?: string
  readonly doc?: string
  /** What ingest reads out of it into columns of their own. */
  readonly parts?: ValueParts
  /** The field that this one is a part of. */
  readonly partOf?: string
}

export interface FieldOptions<Bound = never> {
  readonly nullable?: boolean
  readonly min?: Bound
  readonly max?: Bound
  readonly sensitive?: string
  readonly doc?: string
}

/** Declares a field of a type; TypeScript follows whether it may be null. */
interface FieldOf<T extends TypeName, B> {
  (options: FieldOptions<B> & { readonly nullable: true }): FieldType<T, true>
  (options?: FieldOptions<B> & { readonly nullable?: false }): FieldType<T, false>
  (options: FieldOptions<B>): FieldType<T>
}

function field<T extends TypeName, B extends number | bigint | string = never>(type: T): FieldOf<T, B> {
  const declare = (options: FieldOptions<B> = {}): FieldType<T> => ({ ...options, type, nullable: options.nullable === true })
  return declare as FieldOf<T, B>
}

export interface PartedOptions {
  readonly nullable?: boolean
  /** Whether a text that is none of the kind stays, with nulls in its columns; else the record is a dead letter. */
  readonly lenient?: boolean
  readonly sensitive?: string
  readonly doc?: string
}

/** A text out of which ingest reads columns of their own. */
export interface PartedType<K extends PartKind> extends FieldType<'string'> {
  readonly parts: ValueParts<K>
}

function parted<K extends PartKind>(kind: K, options: PartedOptions & { readonly base?: string }): PartedType<K> {
  const { lenient = false, base, nullable, ...rest } = options
  return { ...rest, type: 'string', nullable: nullable === true, parts: { kind, lenient, ...(base === undefined ? {} : { base }) } }
}

function checkBase(base: string | undefined): void {
  if (base === undefined || URL.canParse(base)) return
  throw userError('project/bad-url', `\`${base}\` is no URL that others could be relative to.`, {
    asked: base,
    do: 'Write scheme and host, e.g. `https://shop.example`.',
  })
}

/** The field types of contracts. @example status: t.int32({ min: 100, max: 599 }) */
export const t = {
  boolean: field<'boolean'>('boolean'),
  int32: field<'int32', number>('int32'),
  int64: field<'int64', number | bigint>('int64'),
  double: field<'double', number>('double'),
  string: field<'string', string>('string'),
  bytes: field<'bytes'>('bytes'),
  /** Milliseconds UTC. */
  timestamp: field<'timestamp', string>('timestamp'),
  date: field<'date', string>('date'),
  json: field<'json'>('json'),
  /** Exact: so many digits in all, so many of them behind the point. @example price: t.decimal(10, 2) */
  decimal: <P extends number, S extends number>(
    precision: P,
    scale: S,
    options: FieldOptions<string> = {},
  ): FieldType<`decimal(${P},${S})`> => field<`decimal(${P},${S})`, string>(`decimal(${precision},${scale})`)(options),
  /** @example tags: t.list(t.string()) */
  list: <E extends TypeName>(element: FieldType<E>, options: FieldOptions = {}): FieldType<ListName<E>> =>
    field<ListName<E>>(`list<${element.type}>`)(options),
  /** @example address: t.struct({ street: t.string(), city: t.string() }) */
  struct: <F extends Readonly<Record<string, FieldType>>>(fields: F, options: FieldOptions = {}): FieldType<StructName<F>> => {
    const names = Object.entries(fields).map(([name, { type }]) => `${name}:${type}`)
    return field<StructName<F>>(`struct<${names.join(',')}>` as StructName<F>)(options)
  },
  /**
   * A URL, as the WHATWG standard reads it, with the columns `<name>_scheme`, `_host`, `_port`, `_path`, `_query` and `_fragment`. With `base`, what is
   * relative is read as relative to it. @example page: t.url({ base: 'https://shop.example' })
   */
  url(options: PartedOptions & { readonly base?: string } = {}): PartedType<'url'> {
    checkBase(options.base)
    return parted('url', options)
  },
  /** A browser's `User-Agent`, with the columns `<name>_browser`, `_browser_version`, `_os`, `_device` and `_is_bot`. */
  userAgent(options: Omit<PartedOptions, 'lenient'> = {}): PartedType<'user-agent'> {
    return parted('user-agent', options)
  },
  /**
   * An IPv4 or IPv6 address, with the columns `<name>_version` (4 or 6) and `<name>_sort`, 32 hex digits in which the addresses of a network lie
   * between two texts; see `inNetwork`.
   */
  ip(options: PartedOptions = {}): PartedType<'ip'> {
    return parted('ip', options)
  },
} as const
