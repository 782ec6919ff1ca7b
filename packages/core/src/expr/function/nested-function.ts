import { isInteger, parseType, typeText } from '../../type/data-type.ts'
import { parseJsonPath } from '../json-path.ts'
import { ANY_NULL, type FunctionSpec, lit, literalText } from './function-spec.ts'

export const NESTED_FUNCTIONS: readonly FunctionSpec[] = [
  {
    name: 'json_path',
    signature: 'json_path(json, path) → string; the path is a literal of $, .name and [n] from 0',
    nulls: `${ANY_NULL}, or nothing stands there, or a JSON null`,
    arity: [2, 2],
    example: { args: [lit('{"items":[{"id":"a"}]}', 'json'), lit('$.items[0].id', 'string')], result: 'a' },
    check: (args, exprs) => {
      if (args[0].type !== 'json') return 'a JSON value'
      const path = literalText(exprs[1], 'string')
      const isPath = path !== undefined && parseJsonPath(path) !== undefined
      return isPath ? { type: 'string', nullable: true } : 'a literal path of $, .name and [n]'
    },
  },
  {
    name: 'list_get',
    signature: 'list_get(list, index integer from 1) → element',
    nulls: `${ANY_NULL}, or there is no element of this number`,
    arity: [2, 2],
    example: { args: [lit('["a","b"]', 'list<string>'), lit('2', 'int32')], result: 'b' },
    check: (args) => {
      const list = parseType(args[0].type)
      if (list?.kind !== 'list' || !isInteger(args[1].type)) return 'a list and an integer'
      return { type: typeText(list.element), nullable: true }
    },
  },
]
