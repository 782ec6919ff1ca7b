import { userError } from '@millrace/core'
import type { LineBlock } from '../files/line-block.ts'
import { checkContract } from '../ingest/contract-check.ts'
import type { IngestField } from '../ingest/ingest-field.ts'
import { AccessLogDecoder, type DecodedLines } from './access-log-decoder.ts'
import { ACCESS_LOG_FIELDS } from './access-log-fields.ts'

/** Access-log lines as records of a contract that has some of their fields. */
export class CombinedDecoder {
  readonly #decoder = new AccessLogDecoder()
  readonly #fields: readonly IngestField[]

  /** @throws user `project/not-in-format` */
  constructor(stream: { readonly topic: string; readonly fields: readonly IngestField[] }) {
    checkFields(stream)
    this.#fields = stream.fields
  }

  decode(block: LineBlock, at: { readonly firstLine: number }): DecodedLines {
    return checkContract(this.#decoder.decode(block, at.firstLine), this.#fields, block)
  }

  state(): Record<string, never> {
    return {}
  }

  restore(): void {}

  forget(): void {}
}

function checkFields(stream: { readonly topic: string; readonly fields: readonly IngestField[] }): void {
  for (const field of stream.fields) {
    const given = ACCESS_LOG_FIELDS.find((one) => one.name === field.name)
    if (given !== undefined && given.type === field.type) continue
    throw userError(
      'project/not-in-format',
      `Field \`${field.name}\` (${field.type}) of stream \`${stream.topic}\` is not what an access log gives.`,
      {
        asked: `${field.name}: ${field.type}`,
        found: ACCESS_LOG_FIELDS.map((one) => `${one.name}: ${one.type}`),
        do: 'Declare fields that the format has, with their types.',
      },
    )
  }
}
