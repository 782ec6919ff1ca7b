// Other programs on Millrace's tables, and Millrace on theirs: npm run test:interop
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CaseReport } from './interop/case-report.ts'
import { checkPyiceberg } from './interop/lake-cases.ts'
import { checkOnnx } from './interop/onnx-cases.ts'
import { pythonVersion, pythonWithPyiceberg } from './interop/python-venv.ts'
import { checkRunTables } from './interop/run-cases.ts'
import { checkSklearn } from './interop/sklearn-cases.ts'

const report = new CaseReport()
const version = pythonVersion()
if (version === undefined) {
  report.skip('pyiceberg', 'python3 is not installed')
} else {
  const stateDir = mkdtempSync(join(tmpdir(), 'millrace-interop-'))
  try {
    const python = pythonWithPyiceberg(version)
    await checkPyiceberg(python, stateDir, report)
    checkRunTables(python, report)
    await checkOnnx(version, report)
    checkSklearn(version, report)
  } catch (error) {
    report.add('interop', error instanceof Error ? error.message : String(error))
  } finally {
    rmSync(stateDir, { recursive: true, force: true })
  }
}
report.finish()
