export { type Duration, durationMs } from '../type/duration.ts'
export { type Contract, type ContractOptions, contract, type Fields } from './contract.ts'
export { type DeclaredAt, declaredAt } from './declared-at.ts'
export { type FieldOptions, type FieldType, t } from './field-type.ts'
