import { posix } from 'node:path'
import type { Finding } from './finding.ts'
import type { TextFile } from './source-tree.ts'

const LINK = /!?\[[^\]]*\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)/g

/** Relative links of the documentation that lead nowhere: a missing file or folder, or a heading that is not there. */
export function checkLinks(files: readonly TextFile[], paths: readonly string[]): Finding[] {
  const pages = files.filter(
    ({ path }) => path.endsWith('.md') && (path.startsWith('docs/') || !path.includes('/') || /^(packages|examples)\//.test(path)),
  )
  const known = new Set(paths.flatMap((path) => path.split('/').map((_, index, parts) => parts.slice(0, index + 1).join('/'))))
  const anchors = new Map(pages.map((page) => [page.path, anchorsOf(page.text)]))
  return pages.flatMap(({ path, text }) =>
    linksOf(text).flatMap(({ target, line }) => {
      const message = linkFault(path, target, { known, anchors })
      return message === undefined ? [] : [{ rule: 'link', path, line, message }]
    }),
  )
}

interface Places {
  readonly known: ReadonlySet<string>
  readonly anchors: ReadonlyMap<string, ReadonlySet<string>>
}

function linkFault(path: string, link: string, { known, anchors }: Places): string | undefined {
  if (/^[a-z][a-z0-9+.-]*:/i.test(link)) return undefined
  const [file, anchor] = link.split('#')
  const target = file === '' ? path : posix.normalize(posix.join(posix.dirname(path), decodeURI(file))).replace(/\/$/, '')
  if (link.startsWith('/') || target.startsWith('..')) return `links to ${link}, outside the repository.`
  if (target !== '.' && !known.has(target)) return `links to ${link}, and there is no ${target}.`
  const headings = anchors.get(target)
  return anchor && headings && !headings.has(anchor.toLowerCase())
    ? `links to ${link}, and ${target} has no heading #${anchor}.`
    : undefined
}

/** Lines outside code fences. */
function proseOf(text: string): { line: string; number: number }[] {
  let fenced = false
  return text.split('\n').flatMap((line, index) => {
    if (/^\s*(```|~~~)/.test(line)) {
      fenced = !fenced
      return []
    }
    return fenced ? [] : [{ line, number: index + 1 }]
  })
}

function linksOf(text: string): { target: string; line: number }[] {
  return proseOf(text).flatMap(({ line, number }) =>
    [...line.replace(/`[^`]*`/g, (code) => ' '.repeat(code.length)).matchAll(LINK)].map((match) => ({ target: match[1], line: number })),
  )
}

/** Anchors as GitHub makes them: lower case, punctuation dropped, spaces to hyphens, `-1` for a second one of a name. */
function anchorsOf(text: string): Set<string> {
  const anchors = new Set<string>()
  for (const { line } of proseOf(text)) {
    const heading = /^#{1,6}\s+(.*?)\s*#*$/.exec(line)?.[1]
    if (heading === undefined) continue
    const base = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-')
    let anchor = base
    for (let copy = 1; anchors.has(anchor); copy++) anchor = `${base}-${copy}`
    anchors.add(anchor)
  }
  return anchors
}
