import { chmodSync, cpSync, existsSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { cleanUp, freshFolder, serversUnder } from '../../test/harness.ts'
import { openStore } from '../index.ts'
import { isRoot, serverAccount } from './account.ts'
import { findBinaries } from './binaries.ts'
import { findHome } from './home.ts'

const homes: string[] = []

afterEach(async () => {
  await cleanUp()
  for (const home of homes.splice(0)) rmSync(home, { recursive: true, force: true })
})

function homeOf(stateDir: string): string {
  const { home } = findHome(stateDir)
  homes.push(home)
  return home
}

// Only root starts servers under another account; a plain user's server reaches all that the user reaches.
describe.runIf(isRoot())('as root', () => {
  it('keeps the database outside when a folder above is private, and comes back to it', async () => {
    const parent = freshFolder()
    const stateDir = join(parent, 'state')
    const first = await openStore({ stateDir })
    const home = homeOf(stateDir)
    expect(home.startsWith(parent)).toBe(false)
    expect(statSync(parent).mode & 0o777).toBe(0o700)
    await first.pool.query('create table words (word text)')
    await first.close()
    const second = await openStore({ stateDir })
    expect((await second.pool.query('select * from words')).rows).toEqual([])
    await second.close()
    expect(serversUnder(home)).toEqual([])
  })

  it('begins anew outside when the state folder was reset, even with a server left running', async () => {
    const stateDir = join(freshFolder(), 'state')
    const first = await openStore({ stateDir })
    const home = homeOf(stateDir)
    const [left] = serversUnder(home)
    await first.pool.query('create table words (word text)')
    rmSync(stateDir, { recursive: true })
    const second = await openStore({ stateDir })
    expect(homeOf(stateDir)).toBe(home)
    expect(serversUnder(home)).toHaveLength(1)
    expect(serversUnder(home)).not.toContain(left)
    await expect(second.pool.query('select * from words')).rejects.toMatchObject({ code: '42P01' })
    await second.close()
    await first.close()
    expect(serversUnder(home)).toEqual([])
  })

  it('follows a state folder that was moved, and refuses a copy of it', async () => {
    const parent = freshFolder()
    const [stateDir, moved, copied] = ['state', 'moved', 'copied'].map((name) => join(parent, name))
    const first = await openStore({ stateDir })
    homeOf(stateDir)
    await first.pool.query('create table words (word text)')
    await first.close()
    renameSync(stateDir, moved)
    const second = await openStore({ stateDir: moved })
    expect((await second.pool.query('select * from words')).rows).toEqual([])
    await second.close()
    cpSync(moved, copied, { recursive: true })
    await expect(openStore({ stateDir: copied })).rejects.toMatchObject({ code: 'store/copied-state' })
  })

  it("copies programs that lie out of the account's reach", () => {
    const hidden = freshFolder()
    const home = freshFolder()
    chmodSync(home, 0o711)
    const native = join(hidden, 'native')
    copyInstalled(native)
    const { postgres } = findBinaries(home, serverAccount(home), native)
    expect(postgres.startsWith(`${home}/`)).toBe(true)
    expect(statSync(postgres).mode & 0o111).toBe(0o111)
    expect(existsSync(join(dirname(postgres), '..', 'lib', 'libicuuc.so.60'))).toBe(true)
    expect(findBinaries(home, serverAccount(home), native).postgres).toBe(postgres)
  })
})

it('makes the links and execute permissions that an install without scripts leaves out', () => {
  const native = join(freshFolder(), 'native')
  copyInstalled(native)
  const links = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as { target: string }[]
  for (const { target } of links) rmSync(join(native, '..', target), { force: true })
  chmodSync(join(native, 'bin', 'initdb'), 0o644)
  const { initdb } = findBinaries(freshFolder(), undefined, native)
  expect(initdb).toBe(join(native, 'bin', 'initdb'))
  expect(statSync(initdb).mode & 0o111).toBe(0o111)
  for (const { target } of links) expect(lstatSync(join(native, '..', target)).isSymbolicLink()).toBe(true)
})

function copyInstalled(target: string): void {
  const installed = join(dirname(findBinaries('', undefined).postgres), '..')
  mkdirSync(target)
  cpSync(installed, target, { recursive: true, verbatimSymlinks: true })
  cpSync(join(installed, '..', 'package.json'), join(target, '..', 'package.json'))
}
