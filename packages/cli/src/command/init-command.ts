import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { userError } from '@millrace/core'
import { printJson, printText } from '../output/print.ts'
import { projectTemplate } from '../project/project-template.ts'

/** Makes a new project in an empty or missing folder. */
export async function initCommand(options: { readonly json?: boolean }, folder = '.'): Promise<void> {
  const directory = resolve(folder)
  const present = existsSync(directory)
    ? readdirSync(directory).filter((name) => !['node_modules', 'package.json', 'package-lock.json', '.git'].includes(name))
    : []
  if (present.length > 0) {
    throw userError('project/not-empty', `${directory} is not empty.`, {
      asked: directory,
      found: present.slice(0, 10),
      do: 'Name a new folder.',
    })
  }
  mkdirSync(directory, { recursive: true })
  const files = projectTemplate(nameFrom(directory))
  for (const [name, text] of Object.entries(files)) {
    const file = join(directory, name)
    if (existsSync(file)) continue
    mkdirSync(join(file, '..'), { recursive: true })
    writeFileSync(file, text)
  }
  if (options.json === true) printJson({ project: directory, files: Object.keys(files) })
  else printText(`Made a project in ${directory}. Next:\n  cd ${folder}\n  npx millrace run --input sample.log`)
}

function nameFrom(directory: string): string {
  const name = basename(directory)
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, '_')
    .replace(/^[^a-z]+/, '')
  return name === '' ? 'project' : name
}
