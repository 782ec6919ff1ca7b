import { compileAsset, contract, count, features, logFiles, stream, t, tumbling, VALUE_PARTS, type ValueParts } from '@millrace/core'
import fc from 'fast-check'
import ipaddr from 'ipaddr.js'
import { describe, expect, it } from 'vitest'
import { inNetwork } from './in-network.ts'
import { partsReader } from './parts-reader.ts'

function read(parts: Omit<ValueParts, 'lenient'>, text: string): Readonly<Record<string, unknown>> | undefined {
  const values = partsReader({ ...parts, lenient: false })(text)
  return values && Object.fromEntries(Object.keys(VALUE_PARTS[parts.kind]).map((name, i) => [name, values[i]]))
}

describe('a URL', () => {
  it.each([
    ['https://Shop.Example:8443/a%20b?q=1&r#top', 'https', 'shop.example', 8443, '/a%20b', 'q=1&r', 'top'],
    ['http://example.org', 'http', 'example.org', null, '/', null, null],
    ['http://example.org:80/', 'http', 'example.org', null, '/', null, null],
    ['http://bücher.example/', 'http', 'xn--bcher-kva.example', null, '/', null, null],
    ['http://[2001:DB8::1]/', 'http', '[2001:db8::1]', null, '/', null, null],
    ['mailto:a@b.example', 'mailto', null, null, 'a@b.example', null, null],
  ])('%s is read as the standard says', (text, scheme, host, port, path, query, fragment) => {
    expect(read({ kind: 'url' }, text)).toEqual({ scheme, host, port, path, query, fragment })
  })

  it('is nothing without a scheme, unless there is what it is relative to', () => {
    for (const text of ['', '-', '/cart?id=1', 'http://', 'http://a b/']) expect(read({ kind: 'url' }, text)).toBeUndefined()
    expect(read({ kind: 'url', base: 'https://shop.example' }, '/cart?id=1')).toMatchObject({
      host: 'shop.example',
      path: '/cart',
      query: 'id=1',
    })
  })
})

describe('an address', () => {
  it.each([
    ['10.0.0.1', 4, '00000000000000000000ffff0a000001'],
    ['::ffff:10.0.0.1', 4, '00000000000000000000ffff0a000001'],
    ['2001:DB8::1', 6, '20010db8000000000000000000000001'],
    ['::', 6, '0'.repeat(32)],
  ])('%s has a version and a sort key', (text, version, sort) => {
    expect(read({ kind: 'ip' }, text)).toEqual({ version, sort })
  })

  it('is dotted decimal or IPv6, nothing else', () => {
    for (const text of ['', '1', '10.0.0', '010.0.0.1', '0x7f.0.0.1', '10.0.0.256', 'localhost', '10.0.0.1/8', '2001:db8:::1'])
      expect(read({ kind: 'ip' }, text)).toBeUndefined()
  })

  it('lies between the bounds of a network exactly when it is in it', () => {
    const four = fc.ipV4().map((text) => ({ text, bits: 32 }))
    const six = fc.ipV6().map((text) => ({ text, bits: 128 }))
    const column = { expr: { col: 'ip_sort' }, type: 'string' }
    fc.assert(
      fc.property(fc.oneof(four, six), fc.oneof(four, six), fc.nat(128), (address, network, prefix) => {
        const length = Math.min(prefix, network.bits)
        const { args } = inNetwork(column, `${network.text}/${length}`).expr as unknown as { args: { lit: string }[] }
        const [one, other] = [ipaddr.parse(address.text), ipaddr.parse(network.text)]
        const asSix = (value: ipaddr.IPv4 | ipaddr.IPv6): ipaddr.IPv6 =>
          value instanceof ipaddr.IPv4 ? value.toIPv4MappedAddress() : value
        const expected = asSix(one).match(asSix(other), network.bits === 32 ? length + 96 : length)
        const sort = String(read({ kind: 'ip' }, address.text)?.sort)
        expect(sort >= args[1].lit && sort <= args[2].lit).toBe(expected)
      }),
    )
    expect(() => inNetwork(column, '10.0.0.0')).toThrow('is no network')
  })
})

describe('a user agent', () => {
  it.each([
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36',
      { browser: 'Chrome', browser_version: '120.0.0.0', os: 'Windows', device: 'desktop', is_bot: false },
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Mobile/15E148 Safari/604.1',
      { browser: 'Safari', browser_version: '17.1', os: 'iOS', device: 'mobile', is_bot: false },
    ],
    ['Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)', { browser: 'Googlebot', device: 'bot', is_bot: true }],
    ['curl/8.4.0', { browser: null, os: null, device: null, is_bot: true }],
    ['', { browser: null, is_bot: false }],
  ])('%s is recognised', (text, parts) => {
    expect(read({ kind: 'user-agent' }, text)).toMatchObject(parts)
  })

  it('of a megabyte is recognised by its beginning', () => {
    expect(read({ kind: 'user-agent' }, `curl/8.4.0 ${'('.repeat(1_000_000)}`)).toMatchObject({ is_bot: true })
  })
})

describe('a reader', () => {
  it('gives the same after its memory was full', () => {
    const reader = partsReader({ kind: 'ip', lenient: false })
    const address = (i: number): string => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`
    for (let i = 0; i < 70_000; i++) reader(address(i))
    for (const i of [0, 34_000, 69_999])
      expect(reader(address(i))?.[1]).toBe(`00000000000000000000ffff0a${i.toString(16).padStart(6, '0')}`)
  })
})

describe('a contract with parts', () => {
  const Log = contract('log', {
    eventTime: 'ts1',
    key: 'ip',
    fields: {
      ts1: t.timestamp(),
      ip: t.ip({ sensitive: 'ip_address' }),
      agent: t.userAgent({ nullable: true }),
      page: t.url({ base: 'https://a.example' }),
    },
  })
  const events = stream('events', {
    contract: Log,
    from: logFiles('*.log', { format: 'combined' }),
    watermark: { delay: '1s' },
    late: 'keep',
  })

  it('has their columns, typed', () => {
    expect(Object.keys(Log.fields)).toEqual([
      'ts1',
      'ip',
      ...['ip_version', 'ip_sort'],
      'agent',
      ...['agent_browser', 'agent_browser_version', 'agent_os', 'agent_device', 'agent_is_bot'],
      'page',
      ...['page_scheme', 'page_host', 'page_port', 'page_path', 'page_query', 'page_fragment'],
    ])
    expect(Log.fields.ip_sort).toMatchObject({ type: 'string', sensitive: 'ip_address' })
    const view = features('view', events, {
      entity: ['ip', 'agent_is_bot'],
      where: (r) => inNetwork(r.ip_sort, '10.0.0.0/8'),
      window: tumbling('1m'),
      columns: (r) => ({
        n: count(),
        bots: count({ where: r.agent_is_bot }),
      }),
    })
    // @ts-expect-error an address has no host
    expect(() => events.row.ip_host).toThrow('is not in stream')
    const { fields } = compileAsset(events).output
    expect(fields.find(({ name }) => name === 'page_port')).toEqual({ name: 'page_port', type: 'int32', nullable: true })
    expect(view.entity).toEqual(['ip', 'agent_is_bot'])
  })

  it('refuses a field that is called as a part, and a base that is none', () => {
    expect(() => contract('log', { eventTime: 'ts1', fields: { ts1: t.timestamp(), ip: t.ip(), ip_sort: t.string() } })).toThrow(
      'as a part of `ip`',
    )
    expect(() => t.url({ base: '/shop' })).toThrow('is no URL')
  })
})
