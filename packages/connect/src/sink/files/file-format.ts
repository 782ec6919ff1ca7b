import { open } from 'node:fs/promises'
import type { Batch } from '@millrace/columnar'
import { jsonRows } from '../json-rows.ts'

/** How rows become a file. */
export interface FileFormat {
  /** Ending of the name, without a dot. */
  readonly extension: string
  /** Writes the batches in order to a new file; it need not be flushed. */
  write(path: string, batches: readonly Batch[]): Promise<void>
}

/** One JSON object a line. */
export const jsonLinesFormat: FileFormat = {
  extension: 'jsonl',
  async write(path, batches) {
    const file = await open(path, 'w')
    try {
      for (const batch of batches) await file.appendFile(jsonRows(batch))
    } finally {
      await file.close()
    }
  },
}
