import { between, type Typed, userError } from '@millrace/core'
import ipaddr from 'ipaddr.js'
import { sortKey } from './ip-parts.ts'

/**
 * Whether an address lies in a network: a comparison of two texts, so that every engine can tell.
 *
 * @param sort the `<name>_sort` column of a `t.ip()` field
 * @param network in CIDR notation
 * @throws `project/bad-network`
 * @example inside: inNetwork(r.ip_sort, '10.0.0.0/8')
 */
export function inNetwork(sort: Typed<'string'>, network: string): Typed<'boolean'> {
  const [low, high] = boundsOf(network)
  return between(sort, low, high)
}

const MAPPED_BITS = 96

function boundsOf(network: string): readonly [string, string] {
  if (!ipaddr.isValidCIDR(network)) throw badNetwork(network)
  const [address, length] = ipaddr.parseCIDR(network)
  const bits = address.kind() === 'ipv4' ? length + MAPPED_BITS : length
  const first = BigInt(`0x${sortKey(address)}`)
  const hosts = (1n << BigInt(128 - bits)) - 1n
  const text = (value: bigint): string => value.toString(16).padStart(32, '0')
  const low = first & ~hosts
  return [text(low), text(low | hosts)]
}

function badNetwork(network: string): Error {
  return userError('project/bad-network', `\`${network}\` is no network.`, {
    asked: network,
    do: 'Write an address and the length of its prefix, e.g. `10.0.0.0/8` or `2001:db8::/32`.',
  })
}
