import { parseJsonPath } from '@millrace/core'
import { type FunctionWriters, terms } from './written-call.ts'

export const NESTED_WRITERS: FunctionWriters = {
  json_path: (writer, call) => {
    const [json, path] = terms(writer, call)
    const steps = writer.constant(JSON.stringify(parseJsonPath(String(path.literal)) ?? []))
    return writer.optional('string', [json], `library.jsonPath(${json.value}, ${steps})`)
  },
  list_get: (writer, call) => {
    const [list, index] = terms(writer, call)
    return writer.optional(call.type, [list, index], `library.listGet(${list.value}, ${index.value}, ${JSON.stringify(call.type)})`)
  },
}
