import { columnKind } from '@millrace/columnar'
import { userError } from '../error/index.ts'
import { closest } from '../expr/closest.ts'
import { literalValue } from '../expr/literal.ts'
import { isNumeric, isOrderable, parseType } from '../type/data-type.ts'
import { durationMs } from '../type/duration.ts'
import { checkLength } from './check-grouping.ts'
import { hasIdentity } from './check-key.ts'
import type { PlanSource, SourceField } from './plan.ts'

/** Refuses a source whose fields, event time, key or delay make no sense. */
export function checkSource(source: PlanSource): void {
  const names = new Set<string>()
  for (const field of source.fields) {
    checkName(field.name, `source \`${source.name}\``)
    if (names.has(field.name)) throw clash(field.name, `source \`${source.name}\``)
    names.add(field.name)
    checkField(field, source)
  }
  checkEventTime(source)
  checkLatePolicy(source)
  for (const key of source.key ?? []) checkKey(key, source)
  if (source.watermark_delay_ms < 0) {
    throw userError(
      'plan/negative-delay',
      `Source \`${source.name}\` has a watermark delay of ${source.watermark_delay_ms} ms; it cannot be negative.`,
      { asked: source.watermark_delay_ms, do: 'Give 0 or more.' },
    )
  }
}

export function clash(name: string, where: string): Error {
  return userError('plan/clashing-names', `Column \`${name}\` occurs twice in ${where}.`, {
    asked: name,
    do: 'Give one of them another name.',
  })
}

/** System columns begin with `_`; users' names may not. */
export function checkName(name: string, where: string): void {
  if (name !== '' && !name.startsWith('_')) return
  throw userError(
    'plan/system-name',
    `Column \`${name}\` of ${where} ${name === '' ? 'has no name' : 'begins with `_`, which is for system columns'}.`,
    {
      asked: name,
      do: 'Choose a name that begins with a letter.',
    },
  )
}

function checkField(field: SourceField, source: PlanSource): void {
  const where = `field \`${field.name}\` of source \`${source.name}\``
  if (parseType(field.type) === undefined) {
    throw userError('plan/unknown-type', `Type \`${field.type}\` of ${where} is not known.`, {
      asked: field.type,
      do: 'Use a type of the plan reference.',
    })
  }
  if (columnKind(field.type) === undefined) {
    throw userError('plan/type-not-offered', `Type \`${field.type}\` of ${where} cannot be carried in records yet.`, {
      asked: field.type,
      do: 'Use a scalar type.',
    })
  }
  for (const bound of [field.min, field.max]) {
    if (bound === undefined) continue
    if (!isOrderable(field.type) || literalValue({ lit: bound, type: field.type }) === undefined) {
      throw userError('plan/bad-literal', `The bound ${JSON.stringify(bound)} of ${where} is no ${field.type}.`, {
        asked: bound,
        found: field.type,
        do: 'Give a bound of the type, as text.',
      })
    }
  }
}

function checkEventTime(source: PlanSource): void {
  const field = known(source, source.event_time, 'event time')
  if (field.type === 'timestamp' && field.nullable !== true) return
  throw userError(
    'plan/event-time',
    `The event time \`${field.name}\` of source \`${source.name}\` is ${field.nullable === true ? 'nullable ' : ''}${field.type}; it must be a timestamp that is never null.`,
    {
      asked: field.name,
      found: field.type,
      do: 'Name a timestamp column that is never null.',
    },
  )
}

function checkLatePolicy({ name, late }: PlanSource): void {
  if (typeof late !== 'object') return
  const value = durationMs(late.revise, `late policy \`revise\` of source \`${name}\``, 'plan')
  checkLength({ name: 'revise', value, least: 0 }, `late policy of source \`${name}\``)
}

function checkKey(key: string, source: PlanSource): void {
  const field = known(source, key, 'key')
  if (hasIdentity(field.type)) return
  throw userError('plan/float-key', `The key \`${key}\` of source \`${source.name}\` is ${field.type}, which has no dependable identity.`, {
    asked: key,
    found: field.type,
    do: isNumeric(field.type) ? 'Use an integer or text as the key.' : 'Use a scalar as the key.',
  })
}

function known(source: PlanSource, name: string, role: string): SourceField {
  const field = source.fields.find((candidate) => candidate.name === name)
  if (field !== undefined) return field
  const found = source.fields.map((candidate) => candidate.name)
  const near = closest(name, found)
  throw userError(
    'plan/unknown-column',
    `The ${role} \`${name}\` is not a field of source \`${source.name}\`${near === undefined ? '' : `; did you mean \`${near}\`?`}`,
    {
      asked: name,
      found,
      do: 'Name one of the fields found.',
    },
  )
}
