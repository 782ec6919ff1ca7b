import { expect, test } from 'vitest'
import { unscaledBytes } from '../format/single-value.ts'
import { murmur3 } from './murmur3.ts'
import { parseTransform, transformed } from './transform.ts'

const long = (value: bigint) => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64LE(value)
  return bytes
}

/** Iceberg spec, appendix B, "32-bit Hash Requirements". */
test.each([
  ['int 34', long(34n), 2017239379],
  ['decimal 14.20', unscaledBytes(1420n), -500754589],
  ['date 2017-11-16', long(17486n), -653330422],
  ['timestamp 2017-11-16T22:31:08', long(1_510_871_468_000_000n), -2047944441],
  ['timestamptz 2017-11-16T22:31:08.000001', long(1_510_871_468_000_001n), -1207196810],
  ['string iceberg', Buffer.from('iceberg'), 1210000089],
  ['uuid', Buffer.from('f79c3e09677c4bbda4793f349cb785e7', 'hex'), 1488055340],
  ['binary 00 01 02 03', Buffer.of(0, 1, 2, 3), -188683207],
  ['nothing', Buffer.alloc(0), 0],
])('hashes as the spec says: %s', (_what, bytes, hash) => expect(murmur3(bytes)).toBe(hash))

test.each([
  ['int', 34, 'bucket[16]', (2017239379 & 0x7fffffff) % 16],
  ['decimal(9, 2)', 1420n, 'bucket[16]', (-500754589 & 0x7fffffff) % 16],
  ['string', Buffer.from('iceberg'), 'bucket[100]', 1210000089 % 100],
  ['int', 1, 'truncate[10]', 0],
  ['int', -1, 'truncate[10]', -10],
  ['long', -1n, 'truncate[10]', -10n],
  ['decimal(9, 2)', 1065n, 'truncate[50]', 1050n],
  ['string', Buffer.from('iceberg'), 'truncate[3]', Buffer.from('ice')],
  ['string', Buffer.from('😀ü!'), 'truncate[2]', Buffer.from('😀ü')],
  ['binary', Buffer.of(1, 2, 3, 4), 'truncate[3]', Buffer.of(1, 2, 3)],
  ['timestamptz', 1_510_871_468_000_001n, 'hour', 419_686],
  ['timestamptz', 1_510_871_468_000_001n, 'day', 17486],
  ['timestamptz', -1n, 'hour', -1],
  ['timestamptz', -1n, 'day', -1],
  ['timestamptz', -1n, 'month', -1],
  ['timestamptz', -1n, 'year', -1],
  ['date', 17486, 'month', (2017 - 1970) * 12 + 10],
  ['date', 17486, 'year', 47],
  ['string', Buffer.from('x'), 'identity', Buffer.from('x')],
  ['string', Buffer.from('x'), 'void', null],
])('%s %s by %s', (type, value, transform, result) => expect(transformed(parseTransform(transform), type, value)).toEqual(result))
