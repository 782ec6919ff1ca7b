import { posix } from 'node:path'
import { type CodeFile, type Import, isTest } from './code-file.ts'
import {
  COMPOSITION_ROOTS,
  CORE_IMPORTS,
  EXAMPLE_IMPORTS,
  PACKAGE_IMPORTS,
  SEALED_FOLDERS,
  TEST_ONLY_PACKAGES,
  TYPE_ONLY_ROOM,
} from './direction.ts'
import type { Finding } from './finding.ts'

/** The workspace package of a specifier: `core` of `@millrace/core` and of `@millrace/core/internal`. */
export function packageOfSpecifier(specifier: string): string | undefined {
  if (specifier === 'millrace' || specifier.startsWith('millrace/')) return 'millrace'
  return /^@millrace\/([^/]+)/.exec(specifier)?.[1]
}

export function packageOfPath(path: string): string | undefined {
  return /^packages\/([^/]+)\//.exec(path)?.[1]
}

/** Imports that point the wrong way between packages, between the rooms of core, or out of a sealed folder. */
export function checkDirection(files: readonly CodeFile[]): Finding[] {
  const unplaced = new Set(files.map((file) => packageOfPath(file.path)).filter((name) => name !== undefined && !(name in PACKAGE_IMPORTS)))
  const places = [...unplaced].map((name) => ({
    rule: 'direction',
    path: `packages/${name}`,
    message: 'is not in the table of scripts/tidy/direction.ts; say there what it may import.',
  }))
  return [...places, ...files.flatMap((file) => file.imports.flatMap((one) => checkImport(file, one)))]
}

function checkImport(file: CodeFile, one: Import): Finding[] {
  const message = one.specifier.startsWith('.') ? relativeFault(file.path, one) : packageFault(file.path, one.specifier)
  const sealed = sealedFault(file.path, one.specifier)
  return [message, sealed].flatMap((text) =>
    text === undefined ? [] : [{ rule: 'direction', path: file.path, line: one.line, message: text }],
  )
}

function packageFault(path: string, specifier: string): string | undefined {
  const target = packageOfSpecifier(specifier)
  if (target === undefined) return undefined
  if (path.startsWith('examples/'))
    return EXAMPLE_IMPORTS.includes(target) ? undefined : `an example imports only ${EXAMPLE_IMPORTS.join(', ')}, not ${target}.`
  const from = packageOfPath(path)
  if (from === undefined || from === target) return undefined
  if (isTest(path)) {
    const ok = !COMPOSITION_ROOTS.includes(target) || COMPOSITION_ROOTS.includes(from)
    return ok ? undefined : `a test of ${from} imports the composition root ${target}; put it into test/.`
  }
  if (TEST_ONLY_PACKAGES.includes(target)) return `${target} is for tests; ${from} may not import it in code that runs at the user's.`
  const allowed = PACKAGE_IMPORTS[from] ?? []
  if (allowed.includes(target) || allowed.includes('*')) return undefined
  return `${from} may import ${allowed.length === 0 ? 'no other package' : allowed.join(', ')}, not ${target}; meet through core/port and arguments.`
}

function relativeFault(path: string, one: Import): string | undefined {
  const target = posix.normalize(posix.join(posix.dirname(path), one.specifier))
  const from = packageOfPath(path)
  if (from !== undefined && packageOfPath(target) !== from)
    return `leaves its package by a relative path (${target}); import the package by its name.`
  return from === 'core' ? coreFault(path, target, one) : undefined
}

function coreRoom(path: string): string | undefined {
  return /^packages\/core\/src\/([^/]+)\//.exec(path)?.[1]
}

function coreFault(path: string, target: string, one: Import): string | undefined {
  const [from, to] = [coreRoom(path), coreRoom(target)]
  if (from === undefined || from === to || isTest(path)) return undefined
  if (!(from in CORE_IMPORTS)) return `core/${from} is not in the table of scripts/tidy/direction.ts; say there what it may import.`
  if (from === TYPE_ONLY_ROOM) return one.typeOnly ? undefined : `core/${from} imports only types: write \`import type\`.`
  if (to !== undefined && CORE_IMPORTS[from].includes(to)) return undefined
  return `core/${from} may import ${CORE_IMPORTS[from].join(', ') || 'no other room'}, not ${to === undefined ? 'the package index' : `core/${to}`}.`
}

function sealedFault(path: string, specifier: string): string | undefined {
  const target = packageOfSpecifier(specifier)
  const sealed = SEALED_FOLDERS.find(({ folder, packages }) => path.startsWith(folder) && target !== undefined && packages.includes(target))
  return sealed && !isTest(path) ? `${sealed.folder} imports nothing from ${target}, not even types; its types are its own.` : undefined
}
