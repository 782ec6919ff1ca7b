import { expect, test } from 'vitest'
import { EntryCoder } from './entry-coder.ts'

function coded(coder: EntryCoder, texts: readonly string[]): { readonly texts: readonly string[]; readonly entries: number } {
  const codes = texts.map((text) => coder.codeOf(Buffer.from(`<${text}>`), 1, Buffer.byteLength(text) + 1))
  const dictionary = coder.take(texts.length)
  return { texts: codes.map((code) => dictionary.text(code)), entries: dictionary.size }
}

test('texts come back from every part, long and empty ones too', () => {
  const coder = new EntryCoder()
  for (let part = 0; part < 40; part++) {
    const texts = Array.from({ length: 300 }, (_, i) => (i === 7 ? '' : `é${part}`.repeat(i)))
    expect(coded(coder, texts).texts).toEqual(texts)
  }
})

test('equal texts share an entry, but for parts behind one that had hardly any', () => {
  const coder = new EntryCoder()
  const [few, many] = [Array<string>(8).fill('same'), Array.from({ length: 8 }, (_, i) => `${i}`)]
  expect(coded(coder, few).entries).toBe(1)
  expect(coded(coder, many).entries).toBe(8)
  const behind = Array.from({ length: 16 }, () => coded(coder, few).entries)
  expect(behind).toEqual([...Array<number>(15).fill(8), 1])
})
