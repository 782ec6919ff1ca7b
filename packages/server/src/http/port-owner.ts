import { type MillraceError, userError } from '@millrace/core'

const PROBE_MS_MAX = 500

/** Who holds a port: another Millrace says so itself, of others only that they are there. */
async function portOwner(url: string): Promise<string> {
  try {
    const answer = await fetch(`${url}/health/live`, { signal: AbortSignal.timeout(PROBE_MS_MAX) })
    const body: unknown = await answer.json()
    if (isOurs(body)) return `another Millrace (project ${body.project}, process ${body.pid})`
  } catch {
    // No HTTP, no JSON or no answer in time: some other program.
  }
  return 'another program'
}

function isOurs(body: unknown): body is { project: string; pid: number } {
  return typeof body === 'object' && body !== null && 'project' in body && 'pid' in body && 'live' in body
}

/** The refusal for a port that is taken. */
export async function portInUse({ host, port }: { host: string; port: number }): Promise<MillraceError> {
  const owner = await portOwner(`http://${host.includes(':') ? `[${host}]` : host}:${port}`)
  return userError('server/port-in-use', `The page and the API were to listen on ${host}:${port}, which ${owner} holds.`, {
    asked: port,
    found: owner,
    do: `End it (\`ss -ltnp 'sport = :${port}'\` or \`lsof -i :${port}\` name its process), or give another port with --port.`,
  })
}
