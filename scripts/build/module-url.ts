const MODULE_URL = /(new URL\(\s*)(['"])(\.{1,2}\/[^'"]+)\.ts\2(\s*,\s*import\.meta\.url\s*,?\s*\))/g
const LEFT_OVER = /(['"`])\.{1,2}\/[^'"`\s]*\.ts\1/

/**
 * Points `new URL('./x-worker.ts', import.meta.url)` at the built file. The compiler rewrites imports only, so a module that is
 * started by its address is written in this form and no other.
 */
export function rewriteModuleUrls(javascript: string): string {
  return javascript.replace(MODULE_URL, '$1$2$3.js$2$4')
}

/** Addresses that `rewriteModuleUrls` points to, relative to the file. */
export function moduleUrls(javascript: string): string[] {
  return [...javascript.matchAll(/new URL\(\s*['"](\.{1,2}\/[^'"]+\.js)['"]\s*,\s*import\.meta\.url\s*,?\s*\)/g)].map((match) => match[1])
}

/** A relative path to a TypeScript file that was left in built code, where no such file will be. */
export function leftOverPath(javascript: string): string | undefined {
  return LEFT_OVER.exec(javascript.replace(/^\s*(\/\/|\*|\/\*).*$/gm, ''))?.[0]
}
