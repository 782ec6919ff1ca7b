import type { Finding } from './finding.ts'
import type { TextFile } from './source-tree.ts'

/** Written in pieces, as this file is searched too. */
const MACHINE_FOLDERS = ['work', 'root', 'tmp/brief']
const REGISTRY_HOSTS = [
  'registry.npmjs' + '.org',
  'registry.yarnpkg' + '.com',
  'registry.npmmirror' + '.com',
  'npm.pkg.github' + '.com',
  'files.pythonhosted' + '.org',
]

/** A folder as the start of an absolute path: not the middle of a longer one, nor of a URL's path. */
const MACHINE_PATH = new RegExp(`(?<![\\w.\\-~$}*])/(${MACHINE_FOLDERS.join('|')})/[\\w.@-]`)

/** Paths of one machine, and hosts of package registries, which belong into nobody's repository. */
export function checkTexts(files: readonly TextFile[]): Finding[] {
  return files.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index) => {
      const message = faultOf(line)
      return message === undefined ? [] : [{ rule: 'text', path, line: index + 1, message }]
    }),
  )
}

function faultOf(line: string): string | undefined {
  const machine = MACHINE_PATH.exec(line)
  if (machine) return `"${machine[0]}…" is a path of one machine; use a relative path or os.tmpdir().`
  const host = REGISTRY_HOSTS.find((name) => line.includes(name))
  return host === undefined ? undefined : `names the registry host ${host}; which registry is used is the user's setting.`
}
