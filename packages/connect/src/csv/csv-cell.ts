import { JSON_DEPTH_MAX } from '@millrace/columnar'
import { isNested, type SourceField } from '@millrace/core'
import { type ExactJson, parseExactJson } from '../json-lines/exact-json.ts'
import { jsonDepth } from '../json-lines/json-depth.ts'

const INTEGER = /^-?(?:0|[1-9][0-9]*)$/
const DOUBLE = /^-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/

/** Turns the text of a field into the JSON value that stands for it in its type; undefined where the text is no such value. */
export function cellReader(field: SourceField): (text: string) => ExactJson | undefined {
  switch (field.type) {
    case 'int32':
      return (text) => (INTEGER.test(text) ? wholeNumber(text) : undefined)
    case 'double':
      return (text) => (DOUBLE.test(text) ? Number(text) : undefined)
    case 'boolean':
      return (text) => (text === 'true' ? true : text === 'false' ? false : undefined)
    case 'timestamp':
      return (text) => (INTEGER.test(text) ? wholeNumber(text) : text)
    default:
      return isNested(field.type) ? nestedValue : (text) => text
  }
}

function wholeNumber(text: string): number | bigint {
  const number = Number(text)
  return Number.isSafeInteger(number) ? number : BigInt(text)
}

/** A list or a struct as JSON text. */
function nestedValue(text: string): ExactJson | undefined {
  if (text.length > JSON_DEPTH_MAX && jsonDepth(Buffer.from(text)) > JSON_DEPTH_MAX) return undefined
  try {
    return parseExactJson(text)
  } catch {
    return undefined
  }
}
