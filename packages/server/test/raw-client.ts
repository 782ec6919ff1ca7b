import { connect, type Socket } from 'node:net'

/** A connection that has asked for the event stream. It reads only when told to. */
export function rawEventClient(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => {
      socket.write('GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n')
      resolve(socket)
    })
    socket.once('error', reject)
  })
}
