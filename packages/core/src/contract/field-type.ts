import type { ListName, StructName, TypeName } from '../expr/typed.ts'

/** What a contract promises of one field. */
export interface FieldType<T extends TypeName = TypeName> {
  readonly type: T
  readonly nullable: boolean
  readonly min?: number | bigint | string
  readonly max?: number | bigint | string
  /** Kind of personal data, for masking. */
  readonly sensitive?: string
  readonly doc?: string
}

export interface FieldOptions<Bound = never> {
  readonly nullable?: boolean
  readonly min?: Bound
  readonly max?: Bound
  readonly sensitive?: string
  readonly doc?: string
}

function field<T extends TypeName, B extends number | bigint | string = never>(type: T): (options?: FieldOptions<B>) => FieldType<T> {
  return (options = {}) => ({ ...options, type, nullable: options.nullable === true })
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
} as const
