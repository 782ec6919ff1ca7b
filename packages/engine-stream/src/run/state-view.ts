import { batchHeader, decodeBatch, rowsOf } from '@millrace/columnar'
import { GROUP_PREFIX, groupPrefix } from './stream-job.ts'

/** What a view keeps in one partition, together with the views that it shares operators with. */
export interface StateView {
  readonly partition: number
  readonly tiles: number
  /** Pairs of key and tile. */
  readonly groups: number
  readonly groupsPerTileMax: number
  readonly keys: number
  readonly tilesPerKeyMax: number
  /** Distinct values kept, over all tiles and aggregates. */
  readonly distinctEntries: number
  /** Rows that joins keep for partners that may come. */
  readonly joinRows: number
  /** Rows that wait for the slice of their key to be read back. */
  readonly waitingRows: number
  readonly pages: number
  readonly bytes: number
}

type Entries = Iterable<{ readonly key: string; readonly value: Uint8Array }>

/** Looks at the durable state of a view, partition by partition over all stages, without running it. */
export function stateView(log: { entries(prefix: string): Entries }, asset: string, partitions: number): StateView[] {
  const recorded = [...log.entries(GROUP_PREFIX)].find(({ key }) => key === GROUP_PREFIX + asset)
  const group = recorded === undefined ? asset : new TextDecoder().decode(recorded.value)
  const looks = Array.from({ length: partitions }, () => new StateLook())
  const prefix = groupPrefix(group)
  for (const { key, value } of log.entries(prefix)) {
    const [stage, partition, ...path] = key.slice(prefix.length).split('/')
    const [number, apart] = partition.split('@')
    looks[Number(number)]?.add(stage, apart === undefined ? path : pathInSlice(path), value)
  }
  return looks.map((look, partition) => look.view(partition))
}

/** The path of a slice's page as if its operator were in one piece. */
function pathInSlice([operator, , kind, ...path]: readonly string[]): readonly string[] {
  return kind === 'page' ? [operator, ...path] : [operator, kind]
}

/** Counts what the pages of one partition hold. */
class StateLook {
  /** By tile, the keys of its groups as text. */
  readonly #groupsOfTile = new Map<string, Set<string>>()
  readonly #tilesOfKey = new Map<string, number>()
  readonly #sums = { distinctEntries: 0, joinRows: 0, waitingRows: 0, pages: 0, bytes: 0 }

  add(stage: string, [operator, kind, index, part]: readonly string[], value: Uint8Array): void {
    this.#sums.pages++
    this.#sums.bytes += value.length
    if (kind === 'tile' && part === 'distinct') this.#sums.distinctEntries += batchHeader(value).rows
    else if (kind === 'tile') this.#addGroups(`${stage}/${operator}`, index, value)
    else if (kind === 'inbox') this.#sums.waitingRows += batchHeader(value).rows
    else if (part === 'rows') this.#sums.joinRows += batchHeader(value).rows
  }

  /** A group that changed alone is in a page of its tile and in change pages. */
  #addGroups(operator: string, tile: string, value: Uint8Array): void {
    const place = `${operator}/${tile}`
    const groups = this.#groupsOfTile.get(place) ?? new Set()
    this.#groupsOfTile.set(place, groups)
    const keys = batchHeader(value).names.filter((name) => name.startsWith('key_'))
    for (const values of rowsOf(decodeBatch(value, keys).batch)) {
      const text = `${operator} ${JSON.stringify(values, (_, one: unknown) => (typeof one === 'bigint' ? `${one}n` : one))}`
      if (groups.has(text)) continue
      groups.add(text)
      this.#tilesOfKey.set(text, (this.#tilesOfKey.get(text) ?? 0) + 1)
    }
  }

  view(partition: number): StateView {
    const greatest = (numbers: Iterable<number>): number => [...numbers].reduce((max, number) => Math.max(max, number), 0)
    const sizes = Array.from(this.#groupsOfTile.values(), (groups) => groups.size)
    return {
      partition,
      tiles: this.#groupsOfTile.size,
      groups: sizes.reduce((sum, size) => sum + size, 0),
      groupsPerTileMax: greatest(sizes),
      keys: this.#tilesOfKey.size,
      tilesPerKeyMax: greatest(this.#tilesOfKey.values()),
      ...this.#sums,
    }
  }
}
