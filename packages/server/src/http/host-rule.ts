import { isIP } from 'node:net'

/**
 * Whether a Host header may be answered. A page of another site can point a name of its own at this address (DNS rebinding), but
 * cannot make the browser send an address or `localhost` instead: so addresses, `localhost` and the names given pass, others do not.
 */
export function isOwnHost(header: string | undefined, names: ReadonlySet<string>): boolean {
  if (header === undefined) return false
  const name = hostName(header)
  return isIP(name) !== 0 || name === 'localhost' || name.endsWith('.localhost') || names.has(name)
}

/** The host of `name:port`, `[v6]:port`, `name`; in lower case. */
function hostName(header: string): string {
  const bracket = /^\[([^\]]*)\](:\d+)?$/.exec(header)
  return (bracket ? bracket[1] : header.replace(/:\d*$/, '')).toLowerCase()
}
