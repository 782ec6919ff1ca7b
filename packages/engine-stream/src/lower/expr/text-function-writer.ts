import { parseRegex } from '@millrace/core'
import type { KernelWriter, Term } from './kernel-writer.ts'
import { regexProgram } from './regex-program.ts'
import { type Call, type FunctionWriter, type FunctionWriters, integerResult, terms } from './written-call.ts'

function text(form: (...args: string[]) => string): FunctionWriter {
  return (writer, call) => {
    const args = terms(writer, call)
    return writer.strict(call.type, args, form(...args.map((arg) => arg.value)))
  }
}

/** The matcher of a literal pattern, made once. */
function matcher(writer: KernelWriter, pattern: Term): string {
  const regex = parseRegex(String(pattern.literal))
  return writer.constant(`new library.RegexMatcher(${JSON.stringify('complaint' in regex ? null : regexProgram(regex))})`)
}

function regexMatch(writer: KernelWriter, call: Call): Term {
  const [subject, pattern] = terms(writer, call)
  return writer.strict('boolean', [subject], `${matcher(writer, pattern)}.test(${subject.value})`)
}

function regexExtract(writer: KernelWriter, call: Call): Term {
  const [subject, pattern, group] = terms(writer, call)
  return writer.optional('string', [subject], `${matcher(writer, pattern)}.extract(${subject.value}, ${group.literal})`)
}

export const TEXT_WRITERS: FunctionWriters = {
  lower: text((a) => `library.lowerAscii(${a})`),
  upper: text((a) => `library.upperAscii(${a})`),
  trim: text((a) => `library.trimSpaces(${a})`),
  starts_with: text((a, other) => `${a}.startsWith(${other})`),
  ends_with: text((a, other) => `${a}.endsWith(${other})`),
  contains: text((a, other) => `${a}.includes(${other})`),
  concat: text((...texts) => texts.join(' + ')),
  substring: text((a, start, length) => `library.substring(${a}, ${start}, ${length})`),
  split: (writer, call) => {
    const [subject, separator, index] = terms(writer, call)
    return writer.optional('string', [subject, index], `library.splitPart(${subject.value}, ${separator.value}, ${index.value})`)
  },
  length: (writer, call) => {
    const subject = writer.term(call.args[0])
    return writer.strict('int64', [subject], integerResult(writer, `library.codePoints(${subject.value})`))
  },
  like: text((a, pattern) => `library.like(${a}, ${pattern})`),
  regex_match: regexMatch,
  regex_extract: regexExtract,
  md5: text((a) => `library.md5(${a})`),
  sha256: text((a) => `library.sha256(${a})`),
}
