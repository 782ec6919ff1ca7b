import type { Value } from '@millrace/core'

/** Scheme, host, port, path, query and fragment of a URL as the WHATWG standard reads it; undefined of what is none. */
export function urlParts(text: string, base: string | undefined): readonly Value[] | undefined {
  const url = URL.parse(text, base)
  if (url === null) return undefined
  const { protocol, hostname, port, pathname, search, hash } = url
  const orNull = (part: string): string | null => (part === '' ? null : part)
  return [
    protocol.slice(0, -1),
    orNull(hostname),
    port === '' ? null : Number(port),
    orNull(pathname),
    orNull(search.slice(1)),
    orNull(hash.slice(1)),
  ]
}
