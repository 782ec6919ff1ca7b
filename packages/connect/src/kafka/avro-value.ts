import { userError } from '@millrace/core'
import avro, { type Schema, type Type } from 'avsc'
import type { ExactJson } from '../json-lines/exact-json.ts'

const CONFLUENT_HEAD_BYTES = 5
const MICROS_MS = 1000
const DAY_MS = 86_400_000

/** Avro's 64-bit integers, which avsc refuses beyond ±2^53 by itself: numbers where they are safe, else bigints. */
const LONG = avro.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => narrowed(bytes.readBigInt64LE()),
  toBuffer: (value: number | bigint) => {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64LE(BigInt(value))
    return bytes
  },
  fromJSON: (value: number | bigint) => narrowed(BigInt(value)),
  toJSON: Number,
  isValid: (value: unknown) => typeof value === 'bigint' || Number.isSafeInteger(value),
  compare: (a: number | bigint, b: number | bigint) => (a === b ? 0 : a < b ? -1 : 1),
})

/** A time or number of an Avro logical type as what stands for it in JSON. */
type Logical = (value: never) => ExactJson

const LOGICAL: Readonly<Record<string, Logical>> = {
  date: (days: number) => new Date(days * DAY_MS).toISOString().slice(0, 10),
  'timestamp-millis': (ms: number | bigint) => Number(ms),
  'timestamp-micros': (micros: number | bigint) => Number(floorDivided(BigInt(micros), BigInt(MICROS_MS))),
  'local-timestamp-millis': (ms: number | bigint) => Number(ms),
  'local-timestamp-micros': (micros: number | bigint) => Number(floorDivided(BigInt(micros), BigInt(MICROS_MS))),
}

/** Reads Avro values as what stands for them in JSON: 64-bit integers exactly, bytes in base64, decimals as text, times as epoch ms. */
export class AvroValue {
  readonly #type: Type
  readonly #isConfluent: boolean

  /** @throws user `source/bad-schema` for what is no schema of a record */
  constructor(schema: unknown, wire: 'plain' | 'confluent') {
    this.#isConfluent = wire === 'confluent'
    try {
      // A copy, in which no part stands twice: `longHook` knows parts by what they are.
      const copy = JSON.parse(JSON.stringify(schema)) as Schema
      this.#type = avro.Type.forSchema(copy, {
        registry: { long: LONG },
        typeHook: longHook(),
        wrapUnions: false,
        logicalTypes: LOGICAL_TYPES,
      })
    } catch (cause) {
      throw badSchema((cause as Error).message, cause)
    }
    if (this.#type.typeName !== 'record') throw badSchema(`it is one of ${this.#type.typeName}`, undefined)
  }

  /** The record of these bytes, or undefined where they are none of the schema. */
  read(bytes: Buffer): ExactJson | undefined {
    if (this.#isConfluent && (bytes.length < CONFLUENT_HEAD_BYTES || bytes[0] !== 0)) return undefined
    const body = this.#isConfluent ? bytes.subarray(CONFLUENT_HEAD_BYTES) : bytes
    try {
      return jsonOf(this.#type.fromBuffer(body))
    } catch {
      // avsc says with a bare error that bytes are too few, too many, or of no branch: the record is a dead letter.
      return undefined
    }
  }
}

/** avsc makes a 64-bit integer of its own where a schema writes one out; a logical one comes twice, first for itself, then for what it is made of. */
function longHook(): (schema: Schema) => Type | undefined {
  const met = new WeakSet<object>()
  return (schema) => {
    if (typeof schema !== 'object' || Array.isArray(schema) || (schema as { type?: unknown }).type !== 'long') return undefined
    const { logicalType } = schema as { readonly logicalType?: string }
    if (logicalType === undefined || !Object.hasOwn(LOGICAL_TYPES, logicalType) || met.has(schema)) return LONG
    met.add(schema)
    return undefined
  }
}

/** Decimals are two's complement bytes. */
class DecimalType extends avro.types.LogicalType {
  readonly #scale: number

  constructor(schema: Schema, options?: object) {
    super(schema, options as never)
    this.#scale = Number((schema as { readonly scale?: number }).scale ?? 0)
  }

  override _fromValue(bytes: Buffer): string {
    const negative = (bytes[0] ?? 0) >= 0x80
    const whole = BigInt(`0x${bytes.toString('hex') || '0'}`)
    const digits = negative ? whole - (1n << BigInt(bytes.length * 8)) : whole
    const text = String(digits < 0n ? -digits : digits).padStart(this.#scale + 1, '0')
    const point = this.#scale === 0 ? text : `${text.slice(0, -this.#scale)}.${text.slice(-this.#scale)}`
    return digits < 0n ? `-${point}` : point
  }

  override _toValue(): undefined {
    return undefined
  }
}

function logicalType(read: Logical): typeof avro.types.LogicalType {
  return class extends avro.types.LogicalType {
    override _fromValue(value: unknown): unknown {
      return read(value as never)
    }
    override _toValue(): undefined {
      return undefined
    }
  } as unknown as typeof avro.types.LogicalType
}

const LOGICAL_TYPES = {
  ...Object.fromEntries(Object.entries(LOGICAL).map(([name, read]) => [name, logicalType(read)])),
  decimal: DecimalType as unknown as typeof avro.types.LogicalType,
}

function jsonOf(value: unknown): ExactJson {
  if (value === null || value === undefined) return null
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64')
  if (Array.isArray(value)) return value.map(jsonOf)
  if (typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, jsonOf(part)]))
  return value as ExactJson
}

function narrowed(value: bigint): number | bigint {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : value
}

function floorDivided(value: bigint, by: bigint): bigint {
  const quotient = value / by
  return value % by < 0n ? quotient - 1n : quotient
}

function badSchema(found: string, cause: unknown): Error {
  return userError('source/bad-schema', `The Avro schema of the source is none of a record: ${found}.`, {
    asked: 'an Avro schema of a record',
    found,
    do: 'Give the schema that records are written with, as JSON.',
    cause,
  })
}
