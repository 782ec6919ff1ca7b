import { type AddressInfo, createServer } from 'node:net'
import { operatingError } from '@millrace/core'

/** The wanted port when nobody listens on it, else any free one of this machine. */
export async function freePort(wanted: number): Promise<number> {
  return (await listenOnce(wanted)) ?? (await listenOnce(0)) ?? wanted
}

const PORT_FIRST = 20_000
const PORT_LAST = 32_000
const TRIES_MAX = 200

/** The first of `count` ports in a row on which nobody listens, below those that the system gives to outgoing connections. */
export async function freePorts(count: number): Promise<number> {
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const first = PORT_FIRST + Math.floor(Math.random() * (PORT_LAST - PORT_FIRST))
    let free = 0
    while (free < count && (await listenOnce(first + free)) !== undefined) free++
    if (free === count) return first
  }
  throw operatingError('process/no-ports', `No ${count} ports in a row are free between ${PORT_FIRST} and ${PORT_LAST}.`, { asked: count })
}

function listenOnce(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(undefined))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const { port: found } = server.address() as AddressInfo
      server.close(() => resolve(found))
    })
  })
}
