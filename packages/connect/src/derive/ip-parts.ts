import type { Value } from '@millrace/core'
import ipaddr from 'ipaddr.js'

/** Version and sort key of an address, of IPv4 in dotted decimal alone; undefined of what is none. An IPv4 address in IPv6 form is IPv4. */
export function ipParts(text: string): readonly Value[] | undefined {
  if (!ipaddr.IPv4.isValidFourPartDecimal(text) && !ipaddr.IPv6.isValid(text)) return undefined
  const address = ipaddr.process(text)
  return [address.kind() === 'ipv4' ? 4 : 6, sortKey(address)]
}

/** The 128 bits as 32 hex digits, IPv4 as `::ffff:a.b.c.d`: in the order of their bytes, addresses of a network stand together. */
export function sortKey(address: ipaddr.IPv4 | ipaddr.IPv6): string {
  const whole = address instanceof ipaddr.IPv4 ? address.toIPv4MappedAddress() : address
  return whole.parts.map((part) => part.toString(16).padStart(4, '0')).join('')
}
