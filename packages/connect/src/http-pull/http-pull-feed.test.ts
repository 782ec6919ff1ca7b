import { type HttpPullOptions, httpPull } from '@millrace/core'
import { afterEach, describe, expect, it } from 'vitest'
import { STREAM } from '../../test/decoded-text.ts'
import { answerJson, PageServer } from '../../test/page-server.ts'
import type { DecodedLines } from '../access-log/access-log-decoder.ts'
import { HttpPullFeed } from './http-pull-feed.ts'
import type { PullPosition } from './pull-position.ts'

const EVERY = '20ms'
let server: PageServer
afterEach(() => server.close())

const at = (): string => server.url

/** What a server holds, in order. */
const held: { ts1: number; txt1: string }[] = []
const hold = (count: number): void => {
  held.length = 0
  for (let i = 0; i < count; i++) held.push({ ts1: i, txt1: `t${i}` })
}

interface Pulled {
  readonly times: number[]
  readonly problems: string[]
  readonly position: PullPosition | undefined
}

/** Pulls until so many records came, or so many problems, and for some periods more. */
async function pull(
  options: Omit<HttpPullOptions, 'every'>,
  until: { readonly records?: number; readonly problems?: number; readonly position?: PullPosition; readonly onPart?: () => void },
): Promise<Pulled> {
  const { url: _url, headers: _headers, ...declaration } = httpPull(at(), { ...options, every: EVERY })
  const feed = new HttpPullFeed({
    stream: STREAM,
    url: `${at()}/items`,
    headers: { 'x-token': 'secret' },
    declaration,
    position: until.position,
  })
  const controller = new AbortController()
  const times: number[] = []
  const problems: string[] = []
  let position = until.position
  let line = 1
  for await (const part of feed.parts(controller.signal)) {
    if (part.kind === 'problem') problems.push(part.error.code)
    else {
      const decoded = part.decode?.(line)
      line += decoded?.lines ?? 0
      const column = decoded?.batch.columns[0]
      if (column?.kind === 'timestamp') times.push(...column.values)
      position = JSON.parse(JSON.stringify(part.state))
      until.onPart?.()
    }
    if (times.length >= (until.records ?? Number.POSITIVE_INFINITY) || problems.length >= (until.problems ?? Number.POSITIVE_INFINITY))
      setTimeout(() => controller.abort(), 120)
  }
  return { times, problems, position }
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i)
const SIZE = 10

describe('pages', () => {
  it.each<[string, Omit<HttpPullOptions, 'every'>]>([
    ['by a cursor', { records: 'data.items', paging: { kind: 'cursor', at: 'meta.next', parameter: 'after' } }],
    ['by links in the answer', { records: 'data.items', paging: { kind: 'link', at: 'meta.link' } }],
    ['by links in the header', { records: 'data.items', paging: { kind: 'link' } }],
    ['by number', { records: 'data.items', paging: { kind: 'page', parameter: 'page', size: SIZE, sizeParameter: 'n' } }],
    ['by offset', { records: 'data.items', paging: { kind: 'offset', parameter: 'offset', size: SIZE } }],
  ])(
    '%s are read to their end, new records once they are there, each once, and after a restart from where it was left',
    async (_, options) => {
      hold(34)
      server = await PageServer.start((_request, url, response) => {
        const { searchParams: query } = url
        const from = Number(query.get('after') ?? query.get('offset') ?? (Number(query.get('page') ?? 1) - 1) * SIZE)
        const to = Math.min(held.length, from + SIZE)
        const more = to < held.length
        const next = `/items?after=${to}`
        const meta = more ? { next: to, link: next } : { next: null, link: '' }
        answerJson(
          response,
          { meta, data: { items: held.slice(from, to) } },
          more ? { link: `<x>; rel="prev", <${next}>; rel="next"` } : {},
        )
      })
      const first = await pull(options, { records: 34 })
      expect(first).toMatchObject({ times: range(0, 34), problems: [] })
      hold(57)
      const second = await pull(options, { records: 23, position: first.position })
      expect(second).toMatchObject({ times: range(34, 57), problems: [] })
      expect(await pull(options, { records: 3, position: first.position })).toMatchObject({ times: range(34, 57) })
    },
  )

  it('without paging are one, which grows', async () => {
    hold(3)
    server = await PageServer.start((_request, _url, response) => answerJson(response, held))
    expect((await pull({}, { records: 5, onPart: () => hold(5) })).times).toEqual(range(0, 5))
  })

  it('are not touched where they do not begin with what was taken of them', async () => {
    hold(5)
    server = await PageServer.start((_request, _url, response) => answerJson(response, held))
    const { position } = await pull({}, { records: 5 })
    hold(6)
    held[2] = { ts1: 99, txt1: 'changed' }
    expect(await pull({}, { problems: 1, position })).toMatchObject({ times: [], problems: expect.arrayContaining(['pull/page-changed']) })
    hold(4)
    expect(await pull({}, { problems: 1, position })).toMatchObject({ times: [], problems: expect.arrayContaining(['pull/page-changed']) })
  })

  it('have dead letters among their records', async () => {
    server = await PageServer.start((_request, _url, response) =>
      response.end('[{"ts1":1,"txt1":"a"}, 7, {"ts1":2}, {"ts1":3,"txt1":"b","big1":9007199254740993}]'),
    )
    const { url: _url, headers: _headers, ...declaration } = httpPull(at(), { every: EVERY })
    const feed = new HttpPullFeed({ stream: STREAM, url: at(), headers: {}, declaration })
    const { value } = await feed.parts(new AbortController().signal).next()
    const decoded: DecodedLines | undefined = value?.kind === 'part' ? value.decode?.(11) : undefined
    expect(decoded?.deadLetters.map(({ reason, line, offset }) => [reason, line, offset])).toEqual([
      ['contract/type', 12, 11],
      ['contract/null', 13, 12],
    ])
    expect([...(decoded?.offsets ?? [])]).toEqual([10, 13])
    expect(decoded?.batch.columns[4]).toMatchObject({ safe: false })
  })
})

const asLines = (items: typeof held): string => items.map((item) => `${JSON.stringify(item)}\n`).join('')
const asCsv = (items: typeof held): string => `txt1,ts1\r\n${items.map(({ ts1, txt1 }) => `"${txt1},\n""",${ts1}\r\n`).join('')}`

describe.each([
  ['json-lines', asLines],
  ['csv', asCsv],
] as const)('pages of %s', (format, print) => {
  it.each<[string, Omit<HttpPullOptions, 'every'>]>([
    ['by links in the header', { paging: { kind: 'link' } }],
    ['by number', { paging: { kind: 'page', parameter: 'page', size: SIZE } }],
    ['by offset', { paging: { kind: 'offset', parameter: 'offset', size: SIZE } }],
  ])('%s are read to their end, and after a restart from where it was left', async (_, options) => {
    hold(34)
    server = await PageServer.start((_request, url, response) => {
      const { searchParams: query } = url
      const from = Number(query.get('offset') ?? (Number(query.get('page') ?? 1) - 1) * SIZE)
      const to = Math.min(held.length, from + SIZE)
      const link = `</items?offset=${to}>; rel="next"`
      response.writeHead(200, to < held.length ? { link } : {}).end(print(held.slice(from, to)))
    })
    const first = await pull({ ...options, format }, { records: 34 })
    expect(first).toMatchObject({ times: range(0, 34), problems: [] })
    hold(57)
    expect(await pull({ ...options, format }, { records: 23, position: first.position })).toMatchObject({ times: range(34, 57) })
  })

  it('grow, also where the last line gets its newline later', async () => {
    hold(3)
    let last = ''
    server = await PageServer.start((_request, _url, response) => response.end(print(held).trimEnd() + last))
    const onPart = (): void => {
      last = '\n'
      setTimeout(() => hold(5), 60)
    }
    expect(await pull({ format }, { records: 5, onPart })).toMatchObject({ times: range(0, 5), problems: [] })
  })

  it('that something else came in place of are a problem, and nothing of them is taken', async () => {
    server = await PageServer.start((_request, _url, response) => response.end('<html>\n<body>busy</body>\n'))
    const { times, position, problems } = await pull({ format }, { problems: 1 })
    expect({ times, position, problem: problems[0] }).toEqual({ times: [], position: undefined, problem: 'pull/not-this-form' })
  })

  it('may be empty', async () => {
    hold(0)
    let count = 0
    server = await PageServer.start((_request, _url, response) => {
      count += 1
      if (count === 3) hold(2)
      response.end(count === 1 ? '' : print(held))
    })
    expect(await pull({ format }, { records: 2 })).toMatchObject({ times: [0, 1], problems: [] })
  })
})

it('decodes lines as those that are pushed: dead letters with their numbers, a header row that is no record', async () => {
  server = await PageServer.start((request, _url, response) => {
    expect(request.headers.accept).toBe('text/csv')
    response.end('ts1;txt1;big1\n1;a;9007199254740993\n2\n\n3;b;NULL\n')
  })
  const {
    url: _url,
    headers: _headers,
    ...declaration
  } = httpPull(at(), {
    every: EVERY,
    format: 'csv',
    delimiter: ';',
    nullText: 'NULL',
  })
  const feed = new HttpPullFeed({ stream: STREAM, url: at(), headers: {}, declaration })
  const { value } = await feed.parts(new AbortController().signal).next()
  const decoded: DecodedLines | undefined = value?.kind === 'part' ? value.decode?.(11) : undefined
  expect(decoded?.deadLetters.map(({ reason, line, offset }) => [reason, line, offset])).toEqual([['decode/field-count', 13, 12]])
  expect([...(decoded?.offsets ?? [])]).toEqual([11, 14])
  expect(decoded).toMatchObject({ lines: 5, blank: 2 })
})

it('does not touch CSV whose header row is another one', async () => {
  hold(2)
  let header = 'txt1,ts1'
  server = await PageServer.start((_request, _url, response) => response.end(asCsv(held).replace('txt1,ts1', header)))
  const { position } = await pull({ format: 'csv' }, { records: 2 })
  header = 'txt2,ts1'
  hold(3)
  expect((await pull({ format: 'csv' }, { problems: 1, position })).problems[0]).toBe('pull/page-changed')
})

it.each<[Omit<HttpPullOptions, 'every'>, string]>([
  [{ format: 'csv', records: 'data' }, 'project/not-in-format'],
  [{ format: 'json-lines', paging: { kind: 'cursor', at: 'next', parameter: 'after' } }, 'project/not-in-format'],
  [{ format: 'csv', paging: { kind: 'link', at: 'next' } }, 'project/not-in-format'],
  [{ format: 'parquet' as 'csv' }, 'project/unknown-format'],
  [{ format: 'csv', delimiter: ';;' }, 'project/bad-delimiter'],
])('refuses %j', (options, code) => {
  expect(() => httpPull('http://x', { ...options, every: EVERY })).toThrow(expect.objectContaining({ code }))
})

describe('a server that does not answer as it should', () => {
  it('is asked again, as often and as late as it says', async () => {
    hold(2)
    let count = 0
    const at: number[] = []
    server = await PageServer.start((request, _url, response) => {
      at.push(performance.now())
      count += 1
      expect(request.headers['x-token']).toBe('secret')
      if (count === 1) response.writeHead(503).end()
      else if (count === 2) response.writeHead(429, { 'retry-after': '1' }).end()
      else if (count === 3) request.socket.destroy()
      else answerJson(response, held)
    })
    expect(await pull({}, { records: 2 })).toMatchObject({ times: [0, 1], problems: [] })
    expect(at[2] - at[1]).toBeGreaterThanOrEqual(990)
  })

  it('is given up until the next period after so many tries', async () => {
    server = await PageServer.start((_request, _url, response) => response.writeHead(500).end())
    const { problems } = await pull({ limits: { attemptsMax: 2 } }, { problems: 1 })
    expect(problems[0]).toBe('pull/refused')
    expect(server.asked.length).toBeGreaterThanOrEqual(2)
  })

  it.each<[string, (response: import('node:http').ServerResponse) => void]>([
    ['pull/refused', (response) => response.writeHead(401).end()],
    ['pull/refused', (response) => response.writeHead(302, { location: '/other' }).end()],
    ['pull/not-this-form', (response) => response.end('<html>')],
    ['pull/not-this-form', (response) => answerJson(response, { items: [] })],
    ['pull/not-this-form', (response) => answerJson(response, { data: 7 })],
    ['pull/page-too-large', (response) => answerJson(response, { data: ['x'.repeat(2000)] })],
    ['pull/foreign-link', (response) => answerJson(response, { data: [{ ts1: 1, txt1: 'a' }], next: 'http://127.0.0.2:1/' })],
  ])('is a problem: %s', async (code, answer) => {
    server = await PageServer.start((_request, _url, response) => answer(response))
    const options = { records: 'data', paging: { kind: 'link', at: 'next' } as const, limits: { pageBytesMax: 1000, attemptsMax: 1 } }
    expect((await pull(options, { problems: 1 })).problems[0]).toBe(code)
  })

  it('may hang no longer than it should', async () => {
    server = await PageServer.start(() => {})
    expect((await pull({ limits: { timeout: '50ms', attemptsMax: 1 } }, { problems: 1 })).problems[0]).toBe('pull/no-answer')
  })
})
