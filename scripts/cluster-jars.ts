// Notes the checksums of what Maven brings for the servers, after a wanted change of versions: npm run cluster:jars
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { FLINK_JARS, KAFKA_JARS } from './cluster/jar-set.ts'
import { checksumFile, checksums, downloadJars } from './cluster/resolve-jars.ts'

for (const set of [KAFKA_JARS, FLINK_JARS]) {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-jars-'))
  try {
    downloadJars(set, folder)
    mkdirSync(dirname(checksumFile(set)), { recursive: true })
    writeFileSync(checksumFile(set), checksums(folder))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
