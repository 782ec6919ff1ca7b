import { compileAsset } from '../src/compile/index.ts'
import { contract, t } from '../src/contract/index.ts'
import { MillraceError } from '../src/error/index.ts'
import { type Asset, logFiles, stream } from '../src/graph/index.ts'

const from = logFiles('*.log', { format: 'combined' })
const watermark = { delay: '10s' } as const

/** Two streams whose columns are named by type; `events` by text, `others` by another text, with a shared key. */
export const events = stream('events', {
  contract: contract('events', {
    eventTime: 'ts1',
    key: 'txt1',
    fields: {
      ts1: t.timestamp(),
      txt1: t.string(),
      num1: t.int32({ nullable: true }),
      dbl1: t.double({ nullable: true }),
      boo1: t.boolean(),
    },
  }),
  from,
  watermark,
  late: 'keep',
})
export const others = stream('others', {
  contract: contract('others', {
    eventTime: 'ts2',
    key: 'txt2',
    fields: { ts2: t.timestamp(), txt2: t.string(), txt1: t.string(), big2: t.int64({ nullable: true }) },
  }),
  from,
  watermark,
  late: 'keep',
})
export const unkeyed = stream('unkeyed', {
  contract: contract('unkeyed', { eventTime: 'ts3', fields: { ts3: t.timestamp(), txt3: t.string(), big3: t.int64() } }),
  from,
  watermark,
  late: 'drop',
})

/** The plan's nodes as `kind(what matters)`, in order. */
export function nodesOf(asset: Asset): readonly string[] {
  return compileAsset(asset).plan.nodes.map((node) => {
    if (node.kind === 'exchange') return `exchange(${node.keys.join()}${node.partitions === undefined ? '' : `/${node.partitions}`})`
    if (node.kind === 'scan') return `scan(${node.source})`
    if (node.kind === 'project') return `project(${node.columns.map((column) => column.name).join()})`
    return node.kind
  })
}

/** The columns that the compiled plan gives, with their types. */
export function fieldsOf(asset: Asset): Readonly<Record<string, string>> {
  return Object.fromEntries(compileAsset(asset).output.fields.map(({ name, type }) => [name, type]))
}

export function failure(run: () => unknown): MillraceError {
  try {
    run()
  } catch (error) {
    if (error instanceof MillraceError) return error
    throw error
  }
  throw new TypeError('nothing was refused')
}
