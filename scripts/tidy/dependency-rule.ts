import type { Finding } from './finding.ts'
import type { TextFile } from './source-tree.ts'

const PAGE = 'docs/internals/dependencies.md'
const MANIFEST = /^((packages|examples)\/[^/]+\/)?package\.json$/

/** Dependencies without a reason on the page that gives one for each, and versions that are not exact. */
export function checkDependencies(files: readonly TextFile[]): Finding[] {
  const manifests = files.filter(({ path }) => MANIFEST.test(path)).map(({ path, text }) => ({ path, manifest: JSON.parse(text) }))
  const ours = new Set(manifests.map(({ manifest }) => manifest.name))
  const page = files.find(({ path }) => path === PAGE)?.text ?? ''
  return manifests.flatMap(({ path, manifest }) => {
    const asked: [string, string][] = Object.entries({
      ...manifest.dependencies,
      ...manifest.devDependencies,
      ...manifest.optionalDependencies,
    })
    const finding = (message: string): Finding => ({ rule: 'dependency', path, message })
    const loose = asked
      .filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
      .map(([name, version]) => finding(`${name} is asked for as "${version}"; name one exact version.`))
    const unexplained = asked
      .filter(([name]) => !ours.has(name) && !page.includes(`\`${name}\``))
      .map(([name]) => finding(`${name} has no reason in ${PAGE}.`))
    return [...loose, ...unexplained]
  })
}
