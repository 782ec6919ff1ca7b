import { bugError } from '@millrace/core'
import { openApiDocument } from '@millrace/server'

interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Schema[]
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean | Schema
  readonly description?: string
}

const SCALARS: Readonly<Record<string, string>> = {
  string: 'string',
  number: 'number',
  integer: 'number',
  boolean: 'boolean',
  null: 'null',
}

/** `packages/console/page/api.ts`: the named schemas of openapi.json as TypeScript types. */
export async function consoleTypes(): Promise<string> {
  const { components } = (await openApiDocument()) as { components: { schemas: Record<string, Schema> } }
  const types = Object.entries(components.schemas).map(([name, schema]) => `export interface ${name} ${typeText(schema, '')}\n`)
  return `// Made from openapi.json by \`npm run generate\`.\n\n${types.join('\n')}`
}

function typeText(schema: Schema, indent: string): string {
  if (schema.$ref !== undefined) return schema.$ref.split('/').at(-1) as string
  if (schema.enum !== undefined) return schema.enum.map((value) => `'${value}'`).join(' | ')
  if (schema.anyOf !== undefined) return schema.anyOf.map((one) => typeText(one, indent)).join(' | ')
  if (schema.type === undefined) return 'unknown'
  return [schema.type]
    .flat()
    .map((type) => oneType(type, schema, indent))
    .join(' | ')
}

function oneType(type: string, schema: Schema, indent: string): string {
  if (type in SCALARS) return SCALARS[type]
  if (type === 'array') {
    const item = schema.items ?? {}
    const items = typeText(item, indent)
    const isUnion = item.enum !== undefined || item.anyOf !== undefined || Array.isArray(item.type)
    return isUnion ? `readonly (${items})[]` : `readonly ${items}[]`
  }
  if (type !== 'object') throw bugError('generate/unknown-schema', `No TypeScript type is known for a schema of type ${type}.`)
  if (schema.properties !== undefined) return objectType(schema, indent)
  const values = typeof schema.additionalProperties === 'object' ? typeText(schema.additionalProperties, indent) : 'unknown'
  return `Readonly<Record<string, ${values}>>`
}

function objectType({ properties = {}, required = [], additionalProperties }: Schema, indent: string): string {
  const inner = `${indent}  `
  const fields = Object.entries(properties).flatMap(([name, schema]) => {
    const note = schema.description === undefined ? [] : [`${inner}/** ${schema.description} */`]
    return [...note, `${inner}readonly ${name}${required.includes(name) ? '' : '?'}: ${typeText(schema, inner)}`]
  })
  const others = additionalProperties === true ? [`${inner}readonly [other: string]: unknown`] : []
  return `{\n${[...fields, ...others].join('\n')}\n${indent}}`
}
