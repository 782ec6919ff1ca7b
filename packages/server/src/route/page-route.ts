import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fastifyStatic } from '@fastify/static'
import type { App, AppContext } from '../http/app.ts'

const NO_PAGE = 'The page is not built. The API answers without it; GET /openapi.json describes it.\n'

/** The page runs its own scripts and styles and talks to its own server; nothing else. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** The page and its files; names of files under /assets carry a hash of their content. */
export async function addPageRoutes(app: App, { pageFolder }: AppContext): Promise<void> {
  if (pageFolder === undefined || !existsSync(join(pageFolder, 'index.html'))) {
    app.get('/', { schema: { hide: true } }, async (_request, reply) => reply.code(503).type('text/plain; charset=utf-8').send(NO_PAGE))
    return
  }
  await app.register(fastifyStatic, {
    root: pageFolder,
    wildcard: false,
    index: 'index.html',
    cacheControl: false,
    setHeaders: (reply, path) => {
      reply.header('content-security-policy', PAGE_POLICY)
      reply.header('cache-control', path.includes('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache')
    },
  })
}
