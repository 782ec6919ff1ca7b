/**
 * Ids numbered anew for a table that keeps only the ones in use.
 *
 * @param used by id, 1 where it is in use
 * @param compacted makes the table of these ids, and gives the new id of each
 */
export function renumbered<T>(
  used: Uint8Array,
  compacted: (live: Int32Array) => { readonly table: T; readonly ids: Int32Array },
): { readonly table: T; readonly newIds: Int32Array } {
  const live = liveIds(used)
  const { table, ids } = compacted(live)
  const newIds = new Int32Array(used.length)
  for (let i = 0; i < live.length; i++) newIds[live[i]] = ids[i]
  return { table, newIds }
}

/** The places of the ones. */
function liveIds(used: Uint8Array): Int32Array {
  const live = new Int32Array(used.length)
  let size = 0
  for (let id = 0; id < used.length; id++) if (used[id] === 1) live[size++] = id
  return live.slice(0, size)
}
