import { expect, it } from 'vitest'
import { serverOptions } from './server-options.ts'

const KAFKA = { name: 'kafka', port: 9092 }

it('reads what is to be done, where and on which port', () => {
  expect(serverOptions(['up'], KAFKA)).toMatchObject({
    action: 'up',
    port: 9092,
    json: false,
    folder: expect.stringMatching(/\.cluster.kafka$/),
  })
  expect(serverOptions(['down', '--port', '19092', '--dir', '/data/kafka', '--json'], KAFKA)).toEqual({
    action: 'down',
    port: 19_092,
    folder: '/data/kafka',
    json: true,
  })
})

it.each([[[]], [['start']], [['up', 'down']], [['up', '--port', '0']], [['up', '--port', 'x']], [['up', '--nodes', '3']]])(
  'refuses %j',
  (args) => {
    expect(() => serverOptions(args, KAFKA)).toThrow(/Usage: npm run kafka:up/)
  },
)
