import type { FeatureView } from './joined-asset.ts'

/** The columns of a view beside its window and its entity, in order. */
export function featureColumns(view: FeatureView): readonly string[] {
  return view.kind === 'joined'
    ? view.columns.map((column) => column.name)
    : [...view.aggregates.map((one) => one.name), ...view.derived.map((one) => one.name)]
}
