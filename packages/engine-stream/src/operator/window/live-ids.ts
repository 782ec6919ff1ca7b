/** The places of the ones. */
export function liveIds(used: Uint8Array): Int32Array {
  const live: number[] = []
  for (let id = 0; id < used.length; id++) if (used[id] === 1) live.push(id)
  return Int32Array.from(live)
}
