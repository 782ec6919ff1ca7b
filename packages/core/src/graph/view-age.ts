import { userError } from '../error/index.ts'
import { columnsOf } from '../expr/columns-of.ts'
import { type Duration, durationMs } from '../type/duration.ts'
import { aliasedColumn, type FeatureView, viewColumns } from './joined-asset.ts'

/** Oldest that what a label sees may be: of all views that make up its row, or of each, by the view's name. */
export type MaxAge = Duration | Readonly<Record<string, Duration>>

/** Oldest that what a label sees may be, ms, inclusive. */
export interface ViewAges {
  /** Of the base's row: where it is older, the label sees none. */
  readonly rowMs: number | undefined
  /** By feature, of the views joined to it that it reads: where the row is older, it is null. */
  readonly featureMs: Readonly<Record<string, number>>
}

/** What a maximum age means for the rows of a view. @throws `project/not-joined` for a name of another view, `project/bad-duration` */
export function viewAges(view: FeatureView, maxAge: MaxAge | undefined, model: string): ViewAges {
  if (maxAge === undefined) return { rowMs: undefined, featureMs: {} }
  const what = `maximum age of the rows that labels of \`${model}\` see`
  if (typeof maxAge === 'string') return { rowMs: durationMs(maxAge, what), featureMs: {} }
  const base = view.kind === 'joined' ? view.base : view
  const names = [base.name, ...(view.kind === 'joined' ? view.others.map((other) => other.view.name) : [])]
  for (const name of Object.keys(maxAge)) if (!names.includes(name)) throw notJoined(name, { model, view, names })
  const ages = new Map(Object.entries(maxAge).map(([name, age]) => [name, durationMs(age, what)]))
  return { rowMs: ages.get(base.name), featureMs: featureAges(view, ages) }
}

function featureAges(view: FeatureView, ages: ReadonlyMap<string, number>): Readonly<Record<string, number>> {
  if (view.kind !== 'joined') return {}
  const ageOf = new Map<string, number>()
  for (const { alias, view: other } of view.others) {
    const age = ages.get(other.name)
    if (age !== undefined) for (const { name } of viewColumns(other)) ageOf.set(aliasedColumn(alias, name), age)
  }
  return Object.fromEntries(
    view.columns.flatMap(({ name, expr }) => {
      const read = [...columnsOf(expr)].flatMap((column) => ageOf.get(column) ?? [])
      return read.length === 0 ? [] : [[name, Math.min(...read)]]
    }),
  )
}

function notJoined(asked: string, of: { readonly model: string; readonly view: FeatureView; readonly names: readonly string[] }): Error {
  return userError(
    'project/not-joined',
    `Model \`${of.model}\` gives \`${asked}\` a maximum age, which is no view that \`${of.view.name}\` is made of.`,
    {
      asked,
      found: of.names,
      do: `Name ${of.names.join(', ')} in \`maxAge\`, or give one length of time for the whole row.`,
    },
  )
}
