import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { KAFKA_JARS, pomOf } from './jar-set.ts'
import { resolveJars } from './resolve-jars.ts'

const folder = mkdtempSync(join(tmpdir(), 'millrace-jars-'))
const cache = join(folder, 'cache')

/** Puts a command `mvn` before all others. */
function maven(script: string): void {
  const bin = join(folder, 'bin')
  mkdirSync(bin, { recursive: true })
  writeFileSync(join(bin, 'mvn'), `#!/bin/sh\n${script}\n`)
  chmodSync(join(bin, 'mvn'), 0o755)
  vi.stubEnv('PATH', `${bin}${delimiter}${process.env.PATH}`)
}

beforeAll(() => vi.stubEnv('XDG_CACHE_HOME', cache))
afterEach(() => rmSync(cache, { recursive: true, force: true }))
afterAll(() => {
  vi.unstubAllEnvs()
  rmSync(folder, { recursive: true, force: true })
})

it('asks Maven for each artifact by name, with the versions that stand in for others', () => {
  const pom = pomOf(KAFKA_JARS)
  expect(pom).toContain('<artifactId>kafka_2.13</artifactId><version>4.4.0</version>')
  expect(pom).toMatch(/<dependencyManagement>.*<artifactId>kafka-tools-api<\/artifactId><version>4\.3\.1</)
})

it('refuses jars with another content, and leaves nothing of them', () => {
  maven('for arg; do case $arg in -DoutputDirectory=*) echo other > "${arg#*=}/kafka_2.13-4.4.0.jar";; esac; done')
  expect(() => resolveJars(KAFKA_JARS)).toThrow(expect.objectContaining({ code: 'cluster/other-jars' }))
  expect(readdirSync(join(cache, 'millrace'))).toEqual([])
})

it('says what Maven said when it fails', () => {
  maven('echo no such repository; exit 1')
  expect(() => resolveJars(KAFKA_JARS)).toThrow(/no such repository[\s\S]*Maven Central/)
  expect(readdirSync(join(cache, 'millrace'))).toEqual([])
})
