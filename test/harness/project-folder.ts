import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { WEBLOGS } from './command.ts'
import { freshFolder } from './state-folder.ts'

const modules = fileURLToPath(new URL('../../node_modules', import.meta.url))

/** A project of its own in a temporary folder. */
export class ProjectFolder {
  readonly path = freshFolder('millrace-project')

  constructor(files: Readonly<Record<string, string>>) {
    symlinkSync(modules, join(this.path, 'node_modules'))
    writeFileSync(join(this.path, 'package.json'), '{"type":"module","private":true}\n')
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.path, name)), { recursive: true })
      writeFileSync(join(this.path, name), text)
    }
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}

/** A usual configuration file. */
export const CONFIGURATION = "import { defineProject } from 'millrace'\nexport default defineProject({ name: 'weblogs' })\n"

/** The example's declarations, with one text in them replaced. */
export function exampleWith(text: string, other: string): string {
  const declarations = readFileSync(join(WEBLOGS, 'weblogs.ts'), 'utf8')
  if (!declarations.includes(text)) throw new RangeError(`the example does not hold: ${text}`)
  return declarations.replace(text, other)
}

/** Number of the line of `source` that holds `text`, from 1. */
export function lineOf(source: string, text: string): number {
  return source.slice(0, source.indexOf(text)).split('\n').length
}
