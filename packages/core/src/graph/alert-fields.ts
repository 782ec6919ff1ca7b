import type { Field } from '@millrace/columnar'
import type { AlertAsset } from './alert-asset.ts'

/** Columns of an alert as sinks get it: its id, its key, its window, what decided, and the evidence as JSON. */
export function alertFields({ input }: Pick<AlertAsset, 'input'>): readonly Field[] {
  const field = (name: string, type: string, nullable = false): Field => ({ name, type, nullable })
  return [
    field('id', 'string'),
    ...input.entity.map((name) => field(name, input.row[name].type, true)),
    field('window_start', 'timestamp'),
    field('window_end', 'timestamp'),
    field('score', 'double', true),
    field('threshold', 'double', true),
    field('model', 'string', true),
    field('model_version', 'int64', true),
    field('evidence', 'json'),
    field('usual', 'json', true),
    field('contributions', 'json', true),
    field('sample_offsets', 'json'),
    field('runbook', 'string'),
  ]
}
