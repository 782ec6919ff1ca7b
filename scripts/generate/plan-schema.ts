import { PLAN_SHAPE, type Shape } from '@millrace/core'

type JsonSchema = Record<string, unknown>

/** The JSON Schema (2020-12) of a plan, from the shape that the parser uses. */
export function planSchema(): JsonSchema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Millrace plan',
    ...schemaOf(PLAN_SHAPE),
    $defs: { expr: EXPR },
  }
}

function schemaOf(shape: Shape): JsonSchema {
  switch (shape.kind) {
    case 'string':
      return { type: 'string' }
    case 'integer':
      return { type: 'integer' }
    case 'boolean':
      return { type: 'boolean' }
    case 'text-or-null':
      return { type: ['string', 'null'] }
    case 'expr':
      return { $ref: '#/$defs/expr' }
    case 'const':
      return { const: shape.value }
    case 'enum':
      return { enum: shape.values }
    case 'list':
      return { type: 'array', items: schemaOf(shape.of), ...(shape.min === 0 || shape.min === undefined ? {} : { minItems: shape.min }) }
    case 'pair':
      return { type: 'array', prefixItems: shape.of.map(schemaOf), minItems: 2, maxItems: 2 }
    case 'either':
      return { anyOf: shape.of.map(schemaOf) }
    case 'variants':
      return { oneOf: Object.values(shape.of).map(schemaOf) }
    case 'record':
      return recordSchema(shape.fields)
  }
}

function recordSchema(fields: Readonly<Record<string, Shape>>): JsonSchema {
  const entries = Object.entries(fields)
  return {
    type: 'object',
    properties: Object.fromEntries(entries.map(([name, shape]) => [name.replace('?', ''), schemaOf(shape)])),
    required: entries.map(([name]) => name).filter((name) => !name.endsWith('?')),
  }
}

const REF = { $ref: '#/$defs/expr' }

const EXPR: JsonSchema = {
  oneOf: [
    { type: 'object', properties: { col: { type: 'string' } }, required: ['col'] },
    { type: 'object', properties: { lit: { type: ['string', 'null'] }, type: { type: 'string' } }, required: ['lit', 'type'] },
    { type: 'object', properties: { fn: { type: 'string' }, args: { type: 'array', items: REF } }, required: ['fn'] },
    { type: 'object', properties: { cast: REF, to: { type: 'string' } }, required: ['cast', 'to'] },
    {
      type: 'object',
      properties: { case: { type: 'array', items: { type: 'array', prefixItems: [REF, REF], minItems: 2, maxItems: 2 } }, else: REF },
      required: ['case'],
    },
    { type: 'object', properties: { field: { type: 'string' }, of: REF }, required: ['field', 'of'] },
  ],
}
