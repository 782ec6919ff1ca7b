const LOCAL_FILE = /^file:\/*(?=\/)/

/** The local path of a location; `file:/x`, `file:///x` and `/x` all occur in tables of other writers. */
export function pathOf(location: string): string {
  return location.replace(LOCAL_FILE, '')
}

/** The location that stands in metadata for a local absolute path. */
export function locationOf(path: string): string {
  return `file://${path}`
}
