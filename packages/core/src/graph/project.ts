import { userError } from '../error/index.ts'
import { closest } from '../expr/closest.ts'
import type { AlertAsset } from './alert-asset.ts'
import type { FeatureView } from './joined-asset.ts'
import type { ModelAsset } from './model-asset.ts'
import type { SinkAsset } from './sink-asset.ts'
import type { StreamAsset } from './stream-asset.ts'
import type { TableAsset } from './table-asset.ts'
import type { ViewAsset } from './view-asset.ts'

export type Asset = StreamAsset | FeatureView | ViewAsset | ModelAsset | AlertAsset | SinkAsset | TableAsset

/** How far from its sources an asset of a kind stands. */
const DEPTH: ReadonlyMap<string, number> = new Map([
  ['stream', 0],
  ['features', 1],
  ['joined', 2],
  ['view', 3],
  ['model', 4],
  ['alert', 5],
  ['sink', 6],
  ['table', 7],
])
const KINDS: ReadonlySet<string> = new Set(DEPTH.keys())

/** Whether an export of a project's file is an asset. */
export function isAsset(value: unknown): value is Asset {
  return typeof value === 'object' && value !== null && 'kind' in value && KINDS.has(String(value.kind)) && 'name' in value && 'at' in value
}

const NAME = /^[a-z][a-z0-9_]*$/

/** A project's assets by name, inputs before what reads them. */
export class Project {
  readonly name: string
  readonly assets: ReadonlyMap<string, Asset>
  readonly #streamedOnly: boolean

  /** @param options.streamedOnly leaves views in micro-batches out of what is computed */
  constructor(name: string, assets: readonly Asset[], options: { readonly streamedOnly?: boolean } = {}) {
    this.name = name
    this.#streamedOnly = options.streamedOnly === true
    const byName = new Map<string, Asset>()
    for (const asset of inOrder(assets)) {
      checkName(asset)
      const other = byName.get(asset.name)
      if (other !== undefined) throw duplicate(asset, other)
      byName.set(asset.name, asset)
    }
    for (const asset of byName.values()) checkInput(asset, byName)
    for (const asset of byName.values()) checkFollows(asset)
    this.assets = byName
  }

  /** The same project as the stream engine sees it: without the views that are computed in micro-batches. */
  streamed(): Project {
    return new Project(this.name, [...this.assets.values()], { streamedOnly: true })
  }

  /** Views that `dev` and `up` compute in micro-batches. */
  get microBatched(): readonly (FeatureView | ViewAsset)[] {
    return this.computed.filter(({ materialize }) => materialize !== undefined)
  }

  get streams(): readonly StreamAsset[] {
    return this.#ofKind('stream') as readonly StreamAsset[]
  }

  /** Feature views that have a table. */
  get features(): readonly FeatureView[] {
    return ([...this.#ofKind('features'), ...this.#ofKind('joined')] as FeatureView[]).filter((view) => this.#isComputed(view))
  }

  /** Views over any relations that have a table. */
  get views(): readonly ViewAsset[] {
    return (this.#ofKind('view') as readonly ViewAsset[]).filter((view) => this.#isComputed(view))
  }

  /** Everything that engines compute into a table. */
  get computed(): readonly (FeatureView | ViewAsset)[] {
    return [...this.features, ...this.views]
  }

  /** Tables by SQL. */
  get tables(): readonly TableAsset[] {
    return this.#ofKind('table') as readonly TableAsset[]
  }

  get models(): readonly ModelAsset[] {
    return this.#ofKind('model') as readonly ModelAsset[]
  }

  get alerts(): readonly AlertAsset[] {
    return this.#ofKind('alert') as readonly AlertAsset[]
  }

  get sinks(): readonly SinkAsset[] {
    return this.#ofKind('sink') as readonly SinkAsset[]
  }

  /** The asset called `name`; refuses others with `project/unknown-asset`. */
  asset(name: string): Asset {
    const asset = this.assets.get(name)
    if (asset !== undefined) return asset
    const found = [...this.assets.keys()]
    const near = closest(name, found)
    throw userError(
      'project/unknown-asset',
      `Asset \`${name}\` is not in project \`${this.name}\`${near === undefined ? '' : `; did you mean \`${near}\`?`}`,
      {
        asked: name,
        found,
        do: found.length === 0 ? 'Export an asset from a file of the project.' : 'Name one of the assets found.',
      },
    )
  }

  #isComputed({ table, materialize }: FeatureView | ViewAsset): boolean {
    return table && !(this.#streamedOnly && materialize !== undefined)
  }

  #ofKind(kind: Asset['kind']): readonly Asset[] {
    return [...this.assets.values()].filter((asset) => asset.kind === kind)
  }
}

/** Each asset once, by kind; views after the views that they read. */
function inOrder(assets: readonly Asset[]): readonly Asset[] {
  const depths = new Map([...new Set(assets)].map((asset) => [asset, [DEPTH.get(asset.kind) ?? 0, viewDepth(asset)] as const]))
  return [...depths].sort(([, a], [, b]) => a[0] - b[0] || a[1] - b[1]).map(([asset]) => asset)
}

function viewDepth(asset: Asset): number {
  return asset.kind === 'view' ? 1 + Math.max(...asset.inputs.map(viewDepth)) : 0
}

function checkName(asset: Asset): void {
  if (NAME.test(asset.name) && !asset.name.includes('__')) return
  throw userError('project/bad-name', `\`${asset.name}\` cannot be the name of an asset.`, {
    asked: asset.name,
    found: NAME.test(asset.name) ? 'two underscores in a row' : 'other characters, or another first one',
    do: 'Use lower case letters, digits and single underscores, beginning with a letter.',
    at: asset.at,
  })
}

function duplicate(asset: Asset, other: Asset): Error {
  const places = [other, asset].map((one) => (one.at === undefined ? 'an unknown place' : `${one.at.file}:${one.at.line}`))
  return userError('project/duplicate-asset', `Two assets are called \`${asset.name}\`: at ${places.join(' and ')}.`, {
    asked: asset.name,
    found: places,
    do: 'Give one of them another name.',
    at: asset.at,
  })
}

function inputsOf(asset: Asset): readonly Asset[] {
  if (asset.kind === 'stream') return []
  if (asset.kind === 'view') return asset.inputs
  if (asset.kind === 'table') return asset.named as readonly Asset[]
  return asset.kind === 'joined' ? [asset.base, ...asset.others.map(({ view }) => view)] : [asset.input]
}

/** What follows rows one by one reads them from the log, where micro-batches put none. */
function checkFollows(asset: Asset): void {
  if (asset.kind !== 'model' && asset.kind !== 'alert' && asset.kind !== 'sink') return
  const { input } = asset
  if (!('materialize' in input) || input.materialize === undefined) return
  throw userError(
    'project/reads-micro-batch',
    `${asset.kind[0].toUpperCase()}${asset.kind.slice(1)} \`${asset.name}\` follows the rows of \`${input.name}\`, which come in micro-batches and into the lake only.`,
    { asked: input.name, found: 'micro-batch', do: `Leave \`materialize\` out of \`${input.name}\`.`, at: asset.at },
  )
}

function checkInput(asset: Asset, byName: ReadonlyMap<string, Asset>): void {
  const input = inputsOf(asset).find((one) => byName.get(one.name) !== one)
  if (input === undefined) return
  throw userError('project/input-not-exported', `\`${asset.name}\` reads \`${input.name}\`, which no file of the project exports.`, {
    asked: input.name,
    found: [...byName.keys()],
    do: `Export \`${input.name}\`.`,
    at: asset.at,
  })
}
