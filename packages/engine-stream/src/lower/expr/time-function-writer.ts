import { type FunctionWriters, integerResult, terms } from './written-call.ts'

export const TIME_WRITERS: FunctionWriters = {
  time_truncate: (writer, call) => {
    const [time, unit] = terms(writer, call)
    return writer.strict('timestamp', [time], `library.truncateTime(${time.value}, ${unit.value})`)
  },
  time_extract: (writer, call) => {
    const [time, unit] = terms(writer, call)
    return writer.strict('int64', [time], integerResult(writer, `library.extractTime(${time.value}, ${unit.value})`))
  },
  time_diff: (writer, call) => {
    const [unit, from, to] = terms(writer, call)
    return writer.strict('int64', [from, to], integerResult(writer, `library.diffTime(${unit.value}, ${from.value}, ${to.value})`))
  },
  time_add: (writer, call) => {
    const [time, count, unit] = terms(writer, call)
    return writer.optional('timestamp', [time, count], `library.addTime(${time.value}, ${count.value}, ${unit.value})`)
  },
}
