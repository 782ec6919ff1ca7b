import { type HistoryOptions, writeHistory } from '../../examples/weblogs/simulator/history.ts'

/** Writes `access.log` and `labels.jsonl` of the example's shop into a folder; returns the number of lines. */
export function writeTraffic(folder: string, options: HistoryOptions): number {
  return writeHistory(folder, options).lines
}
