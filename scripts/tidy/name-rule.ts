import { isCode } from './code-file.ts'
import type { Finding } from './finding.ts'

const KEBAB = /^[a-z0-9]+(-[a-z0-9]+)*$/
const PASCAL = /^[A-Z][A-Za-z0-9]*$/
/** Endings after the name proper: what kind of file it is. */
const KINDS = /(\.(property|cluster))?\.(test|bench)$|\.config$|\.d$/
const EMPTY_WORDS = new Set(['manager', 'managers', 'helper', 'helpers', 'service', 'services', 'util', 'utils'])
const EMPTY_NAMES = new Set(['types', 'misc', 'common'])
const CODE_FOLDERS = /^(packages|scripts|test|bench|examples)\//

/** Code files named by the one thing inside: kebab-case, React components in PascalCase, no words that name nothing. */
export function checkNames(paths: readonly string[]): Finding[] {
  return paths.filter((path) => isCode(path) && CODE_FOLDERS.test(path)).flatMap(checkName)
}

function checkName(path: string): Finding[] {
  const parts = path.split('/')
  const file = parts.pop() as string
  const name = file.replace(/\.[a-z]+$/, '').replace(KINDS, '')
  const finding = (message: string): Finding[] => [{ rule: 'name', path, message }]
  const folder = parts.find((part) => !KEBAB.test(part.replace(/^\./, '')))
  if (folder !== undefined) return finding(`the folder ${folder} is not kebab-case.`)
  if (!KEBAB.test(name) && !(file.endsWith('.tsx') && PASCAL.test(name))) return finding(`${name} is not kebab-case.`)
  const empty = [...parts, name].map((part) => part.split('-').at(-1) as string).find((word) => EMPTY_WORDS.has(word))
  if (empty !== undefined) return finding(`"${empty}" says nothing about what is inside; name the file by its one noun.`)
  if (EMPTY_NAMES.has(name)) return finding(`a file called ${name} has no noun; put each thing beside what it belongs to.`)
  return []
}
