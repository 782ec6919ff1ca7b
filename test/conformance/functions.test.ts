import { duckdbRunner } from '@millrace/engine-duckdb'
import { streamRunner } from '@millrace/engine-stream'
import { describeFunctions } from '@millrace/testkit'

describeFunctions(streamRunner)
describeFunctions(duckdbRunner)
