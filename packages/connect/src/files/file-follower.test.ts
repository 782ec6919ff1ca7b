import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { FileFollower, type FollowEvent } from './file-follower.ts'
import type { FollowPositions } from './file-position.ts'

let folder = ''
let log = ''
let follower: FileFollower
let clock = 0

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-follow-'))
  log = join(folder, 'a.log')
  clock = 0
  start()
})
afterEach(() => {
  follower.close()
  rmSync(folder, { recursive: true, force: true })
})

function start(from?: FollowPositions, patterns = ['*.log']): void {
  follower = new FileFollower({ patterns, cwd: folder, from, detachedIdleMs: 100 })
}

/** Stops without a farewell and starts from the positions as they would stand in a store. */
function restart(patterns?: string[]): void {
  const positions = JSON.parse(JSON.stringify(follower.positions()))
  follower.close()
  start(positions, patterns)
}

/** One look: `split>text`, `split?` discovered, `split!` ended, `split.` caught up, `path:code` a problem. */
function look(options: { after?: number } = {}): string[] {
  clock += options.after ?? 1
  return follower.step(true, clock).events.map(shown)
}

function shown(event: FollowEvent): string {
  switch (event.kind) {
    case 'discovered':
      return `${event.split}?${event.resumed ? 'again' : ''}`
    case 'ended':
      return `${event.split}!`
    case 'caught-up':
      return `${event.split}.`
    case 'problem':
      return `${event.path}:${event.error.code}`
    default:
      return `${event.split}>${event.firstLine}:${event.block.offset}:${event.block.kind === 'lines' ? Buffer.from(event.block.bytes.subarray(event.block.from, event.block.to)).toString() : `long ${event.block.length}`}`
  }
}

function lines(count: number, text = 'line'): string {
  return Array.from({ length: count }, (_, i) => `${text} ${i}\n`).join('')
}

describe('follows', () => {
  test('a file from its beginning, then its growth', () => {
    writeFileSync(log, 'one\ntwo\n')
    expect(look()).toEqual(['a.log#1?', 'a.log#1>1:0:one\ntwo\n', 'a.log#1.'])
    expect(look()).toEqual([])
    appendFileSync(log, 'three\n')
    expect(look()).toEqual(['a.log#1>3:8:three\n', 'a.log#1.'])
  })

  test('an unfinished line only once its newline is there', () => {
    writeFileSync(log, 'one\ntw')
    expect(look()).toEqual(['a.log#1?', 'a.log#1>1:0:one\n', 'a.log#1.'])
    appendFileSync(log, 'o')
    expect(look()).toEqual([])
    appendFileSync(log, '\nthr')
    expect(look()).toEqual(['a.log#1>2:4:two\n', 'a.log#1.'])
    restart()
    appendFileSync(log, 'ee\n')
    expect(look()).toEqual(['a.log#1?again', 'a.log#1>3:8:three\n', 'a.log#1.'])
  })

  test('new files as they appear, in several folders', () => {
    start(undefined, ['*.log', 'sub/**/*.log'])
    expect(look()).toEqual([])
    mkdirSync(join(folder, 'sub/deep'), { recursive: true })
    writeFileSync(join(folder, 'sub/deep/b.log'), 'b\n')
    writeFileSync(log, 'a\n')
    writeFileSync(join(folder, 'other.txt'), 'x\n')
    const events = look()
    expect(events.slice(0, 2)).toEqual(['a.log#1?', 'sub/deep/b.log#1?'])
    expect(events.slice(2).sort()).toEqual(['a.log#1.', 'a.log#1>1:0:a\n', 'sub/deep/b.log#1.', 'sub/deep/b.log#1>1:0:b\n'])
  })

  test('an empty file, which is caught up at once', () => {
    writeFileSync(log, '')
    expect(look()).toEqual(['a.log#1?', 'a.log#1.'])
  })

  test('a line of 3 MB as one long line', () => {
    writeFileSync(log, `a\n${'x'.repeat(1_500_000)}`)
    expect(look()).toEqual(['a.log#1?', 'a.log#1>1:0:a\n', 'a.log#1.'])
    appendFileSync(log, `${'x'.repeat(1_500_000)}\nb\n`)
    expect(look()).toEqual(['a.log#1>2:2:long 3000000', 'a.log#1>3:3000003:b\n', 'a.log#1.'])
    restart()
    appendFileSync(log, 'c\n')
    expect(look()).toEqual(['a.log#1?again', 'a.log#1>4:3000005:c\n', 'a.log#1.'])
  })

  test('at most 8 MiB a step, each file in turn', () => {
    for (const name of ['a', 'b', 'c']) writeFileSync(join(folder, `${name}.log`), lines(700_000, name))
    const read = new Map<string, number>()
    let steps = 0
    for (let more = true; more; steps++) {
      const step = follower.step(true)
      more = step.more
      let bytes = 0
      for (const event of step.events)
        if (event.kind === 'lines') {
          bytes += event.block.end - event.block.offset
          read.set(event.split, event.block.end)
        }
      expect(bytes).toBeLessThanOrEqual(8_388_608)
    }
    expect([...read.values()]).toEqual([0, 0, 0].map(() => lines(700_000, 'a').length))
    expect(steps).toBeGreaterThan(2)
  })
})

describe('rotation', () => {
  test('by rename and create: the old file to its end, then the new one', () => {
    writeFileSync(log, 'one\n')
    look()
    appendFileSync(log, 'two\n')
    renameSync(log, `${log}.1`)
    writeFileSync(log, 'three\n')
    expect(look()).toEqual(['a.log#2?', 'a.log#1>2:4:two\n', 'a.log#1.', 'a.log#2>1:0:three\n', 'a.log#2.'])
  })

  test('keeps the new file waiting until a long old one is read', () => {
    writeFileSync(log, lines(1_000_000))
    look()
    renameSync(log, `${log}.1`)
    writeFileSync(log, 'new\n')
    const splits: string[] = []
    for (let more = true; more; ) {
      const step = follower.step(true, ++clock)
      more = step.more
      splits.push(...step.events.flatMap((event) => (event.kind === 'lines' ? [event.split] : [])))
    }
    expect(splits).toEqual([...splits.slice(0, -1).fill('a.log#1'), 'a.log#2'])
    expect(splits.length).toBeGreaterThan(2)
  })

  test('goes on with the renamed file while its writer does, and ends it when it is idle', () => {
    writeFileSync(log, 'one\n')
    look()
    renameSync(log, `${log}.1`)
    expect(look()).toEqual([])
    writeFileSync(log, 'new\n')
    look({ after: 50 })
    appendFileSync(`${log}.1`, 'late\nlast')
    expect(look({ after: 80 })).toEqual(['a.log#1>2:4:late\n', 'a.log#1.'])
    expect(look({ after: 99 })).toEqual([])
    expect(look({ after: 1 })).toEqual(['a.log#1>3:9:last', 'a.log#1!'])
  })

  test('a new file that begins with the same short line is no continuation', () => {
    writeFileSync(log, 'same\n')
    look()
    renameSync(log, `${log}.1`)
    writeFileSync(log, 'same\nmore\n')
    expect(look()).toEqual(['a.log#2?', 'a.log#2>1:0:same\nmore\n', 'a.log#2.'])
  })

  test('to a name that is followed too: the file is not read again', () => {
    start(undefined, ['a.log*'])
    writeFileSync(log, 'one\n')
    look()
    renameSync(log, `${log}.1`)
    writeFileSync(log, 'two\n')
    expect(look()).toEqual(['a.log#2?', 'a.log#2>1:0:two\n', 'a.log#2.'])
    appendFileSync(`${log}.1`, 'three\n')
    expect(look({ after: 1000 })).toEqual(['a.log#1>2:4:three\n', 'a.log#1.'])
    restart(['a.log*'])
    expect(look().filter((event) => event.includes('>'))).toEqual([])
  })

  test('while nobody looked: after a restart the rest of the renamed file comes first', () => {
    writeFileSync(log, 'one\n')
    look()
    appendFileSync(log, 'two\n')
    renameSync(log, `${log}.1`)
    writeFileSync(log, 'three\n')
    restart()
    expect(look()).toEqual(['a.log#1?again', 'a.log#2?', 'a.log#1>2:4:two\n', 'a.log#1.', 'a.log#2>1:0:three\n', 'a.log#2.'])
    expect(look({ after: 1000 })).toEqual(['a.log#1!'])
  })

  test('while nobody looked, and the renamed file is gone: says what cannot be read', () => {
    writeFileSync(log, 'one\n')
    look()
    const other = join(folder, 'other')
    writeFileSync(other, 'new\n')
    renameSync(other, log)
    restart()
    expect(look()).toEqual(['a.log:source/rest-lost', 'a.log#2?', 'a.log#2>1:0:new\n', 'a.log#2.'])
    restart()
    expect(look()).toEqual(['a.log#2?again', 'a.log#2.'])
  })

  test('many times over, with restarts between: every line once', () => {
    const seen: string[] = []
    const collect = (events: string[]) =>
      seen.push(
        ...events
          .filter((event) => event.includes('>'))
          .flatMap((event) =>
            event
              .slice(event.indexOf(':', event.indexOf(':') + 1) + 1)
              .trim()
              .split('\n'),
          ),
      )
    writeFileSync(log, 'line 0\n')
    for (let i = 1; i <= 60; i++) {
      if (i % 3 !== 0) collect(look())
      if (i % 4 === 0) {
        renameSync(log, `${log}.${i}`)
        if (i % 8 === 0) appendFileSync(`${log}.${i}`, `line ${i} late\n`)
      }
      appendFileSync(log, `line ${i}\n`)
      if (i % 5 === 0) restart()
    }
    collect(look())
    const wanted = [...Array.from({ length: 61 }, (_, i) => `line ${i}`), ...[8, 16, 24, 32, 40, 48, 56].map((i) => `line ${i} late`)]
    expect(seen.sort()).toEqual(wanted.sort())
  })
})

describe('copy and truncate', () => {
  test('begins anew as the next generation', () => {
    writeFileSync(log, 'one\ntwo\nha')
    look()
    copyFileSync(log, `${log}.1`)
    truncateSync(log, 0)
    expect(look()).toEqual(['a.log#1>3:8:ha', 'a.log#1!', 'a.log#2?', 'a.log#2.'])
    appendFileSync(log, 'new\n')
    expect(look()).toEqual(['a.log#2>1:0:new\n', 'a.log#2.'])
  })

  test('is seen even when the file has outgrown its old size meanwhile', () => {
    writeFileSync(log, 'one\ntwo\n')
    look()
    truncateSync(log, 0)
    appendFileSync(log, 'other text that is longer\n')
    expect(look()).toEqual(['a.log#1!', 'a.log#2?', 'a.log#2>1:0:other text that is longer\n', 'a.log#2.'])
  })

  test('is seen when the file was rewritten in the same size', async () => {
    writeFileSync(log, 'one\n')
    look()
    await new Promise((done) => setTimeout(done, 20))
    writeFileSync(log, 'two\n')
    expect(look()).toEqual(['a.log#1!', 'a.log#2?', 'a.log#2>1:0:two\n', 'a.log#2.'])
  })

  test('is seen after a restart', () => {
    writeFileSync(log, lines(500))
    look()
    truncateSync(log, 0)
    appendFileSync(log, lines(600, 'other'))
    restart()
    expect(look()[0]).toBe('a.log#2?')
  })
})

describe('an editor', () => {
  test.each([10, 1000])('that saves %d lines and more under a new inode goes on after them', (count) => {
    writeFileSync(log, lines(count))
    look()
    const edited = join(folder, 'edited')
    writeFileSync(edited, `${lines(count)}added\n`)
    renameSync(edited, log)
    expect(look()).toEqual(['a.log#1?again', `a.log#1>${count + 1}:${lines(count).length}:added\n`, 'a.log#1.'])
    appendFileSync(log, 'more\n')
    expect(look()).toEqual([`a.log#1>${count + 2}:${lines(count).length + 6}:more\n`, 'a.log#1.'])
  })

  test('that keeps the old file as a backup goes on too', () => {
    writeFileSync(log, lines(1000))
    look()
    renameSync(log, `${log}~`)
    writeFileSync(log, `${lines(1000)}added\n`)
    expect(look()).toEqual(['a.log#1?again', `a.log#1>1001:${lines(1000).length}:added\n`, 'a.log#1.'])
    restart()
    expect(look()).toEqual(['a.log#1?again', 'a.log#1.'])
  })

  test('that replaced the file while nobody looked goes on too', () => {
    writeFileSync(log, lines(1000))
    look()
    renameSync(log, `${log}~`)
    writeFileSync(log, `${lines(1000)}added\n`)
    restart()
    expect(look()).toEqual(['a.log#1?again', `a.log#1>1001:${lines(1000).length}:added\n`, 'a.log#1.'])
  })

  test('that changed what was read makes a new generation', () => {
    writeFileSync(log, lines(10))
    look()
    const edited = join(folder, 'edited')
    writeFileSync(edited, lines(20, 'other'))
    renameSync(edited, log)
    expect(look()).toEqual(['a.log#2?', `a.log#2>1:0:${lines(20, 'other')}`, 'a.log#2.'])
    expect(look({ after: 1000 })).toEqual(['a.log#1!'])
  })
})

describe('a file', () => {
  test('that vanishes is read to its end, and ended', () => {
    writeFileSync(log, 'one\n')
    look()
    appendFileSync(log, 'two\nhalf')
    unlinkSync(log)
    expect(look()).toEqual(['a.log#1>2:4:two\n', 'a.log#1.'])
    expect(look({ after: 1000 })).toEqual(['a.log#1>3:8:half', 'a.log#1!'])
    expect(look()).toEqual([])
  })

  test('that comes back after it ended goes on where it was', () => {
    writeFileSync(log, 'one\n')
    look()
    renameSync(log, join(folder, 'away'))
    look()
    expect(look({ after: 1000 })).toEqual(['a.log#1!'])
    renameSync(join(folder, 'away'), log)
    appendFileSync(log, 'two\n')
    expect(look()).toEqual(['a.log#1?again', 'a.log#1>2:4:two\n', 'a.log#1.'])
  })

  test('that another took the name of after it ended is a new generation', () => {
    writeFileSync(log, 'one\n')
    look()
    unlinkSync(log)
    look()
    look({ after: 1000 })
    writeFileSync(log, 'two\n')
    expect(look().slice(-3)).toEqual(['a.log#2?', 'a.log#2>1:0:two\n', 'a.log#2.'])
  })

  test('that is a folder is named once, and followed when it is a file', () => {
    mkdirSync(log)
    expect(look()).toEqual(['a.log:source/is-a-folder'])
    expect(look()).toEqual([])
    rmSync(log, { recursive: true })
    writeFileSync(log, 'one\n')
    expect(look()).toEqual(['a.log#1?', 'a.log#1>1:0:one\n', 'a.log#1.'])
  })

  test.skipIf(process.platform !== 'linux')('that cannot be read is named once, and the others go on', () => {
    symlinkSync('/proc/self/mem', join(folder, 'mem.log'))
    symlinkSync(join(folder, 'nowhere'), join(folder, 'broken.log'))
    writeFileSync(log, 'one\n')
    const events = look()
    expect(events).toContain('a.log#1>1:0:one\n')
    expect(events).toContain('broken.log:source/missing-file')
    expect(look().filter((event) => event.includes(':source/'))).toEqual([])
  })

  test('with two names is read once', () => {
    writeFileSync(log, 'one\n')
    symlinkSync(log, join(folder, 'b.log'))
    expect(look().filter((event) => event.includes('>'))).toEqual(['a.log#1>1:0:one\n'])
  })
})

test.skipIf(process.platform !== 'linux')('a restart reads no more than the growth and 2 KiB', () => {
  writeFileSync(log, lines(300_000))
  while (follower.step(true).more) {
    /* until all is read */
  }
  restart()
  appendFileSync(log, 'new\n')
  const before = bytesRead()
  expect(look()).toEqual(['a.log#1?again', `a.log#1>300001:${lines(300_000).length}:new\n`, 'a.log#1.'])
  expect(bytesRead() - before).toBeLessThan(20_000)
})

/** Bytes that this process has read so far, reading this figure included. */
function bytesRead(): number {
  return Number(/rchar: (\d+)/.exec(readFileSync('/proc/self/io', 'utf8'))?.[1])
}

test('positions are JSON, and those of a closed follower are those of the last step', () => {
  writeFileSync(log, 'one\n')
  look()
  const positions = follower.positions()
  follower.close()
  expect(JSON.parse(JSON.stringify(follower.positions()))).toEqual(positions)
  expect(positions).toMatchObject({ generations: { 'a.log': 1 }, files: [{ split: 'a.log#1', path: 'a.log', offset: 4, lines: 1 }] })
})
