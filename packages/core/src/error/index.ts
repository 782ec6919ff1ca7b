export { bugError, type ErrorFacts, type ErrorFamily, MillraceError, operatingError, userError } from './millrace-error.ts'
