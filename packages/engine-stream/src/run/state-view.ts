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
    looks[Number(partition)]?.add(stage, path, value)
  }
  return looks.map((look, partition) => look.view(partition))
}

/** Counts what the pages of one partition hold. */
class StateLook {
  readonly #groupsOfTile = new Map<string, number>()
  readonly #tilesOfKey = new Map<string, number>()
  readonly #sums = { distinctEntries: 0, joinRows: 0, pages: 0, bytes: 0 }

  add(stage: string, [operator, kind, index, part]: readonly string[], value: Uint8Array): void {
    this.#sums.pages++
    this.#sums.bytes += value.length
    if (kind === 'tile' && part === 'group') this.#addGroups(`${stage}/${operator}`, index, value)
    else if (kind === 'tile') this.#sums.distinctEntries += batchHeader(value).rows
    else if (part === 'rows') this.#sums.joinRows += batchHeader(value).rows
  }

  #addGroups(operator: string, tile: string, value: Uint8Array): void {
    const { rows, names } = batchHeader(value)
    const place = `${operator}/${tile}`
    this.#groupsOfTile.set(place, (this.#groupsOfTile.get(place) ?? 0) + rows)
    const keys = names.filter((name) => name.startsWith('key_'))
    for (const values of rowsOf(decodeBatch(value, keys).batch)) {
      const text = `${operator} ${JSON.stringify(values, (_, one: unknown) => (typeof one === 'bigint' ? `${one}n` : one))}`
      this.#tilesOfKey.set(text, (this.#tilesOfKey.get(text) ?? 0) + 1)
    }
  }

  view(partition: number): StateView {
    const greatest = (numbers: Iterable<number>): number => [...numbers].reduce((max, number) => Math.max(max, number), 0)
    return {
      partition,
      tiles: this.#groupsOfTile.size,
      groups: [...this.#groupsOfTile.values()].reduce((sum, groups) => sum + groups, 0),
      groupsPerTileMax: greatest(this.#groupsOfTile.values()),
      keys: this.#tilesOfKey.size,
      tilesPerKeyMax: greatest(this.#tilesOfKey.values()),
      ...this.#sums,
    }
  }
}
