import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, it } from 'vitest'
import { freePort } from './free-port.ts'

it('gives another port when somebody listens on the wanted one, and the wanted one when nobody does', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  expect(await freePort(port)).not.toBe(port)
  server.close()
  await once(server, 'close')
  expect(await freePort(port)).toBe(port)
})
