import type { TypeName } from '../expr/typed.ts'

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
} as const
