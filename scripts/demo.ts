import { runDemo } from './demo/run-demo.ts'

/**
 * `npm run demo [-- --check] [--seed N] [--intensity F] [--days D] [--minutes M] [--keep] [--port P]`: a simulated shop's past, models
 * trained on it, and a busy hour under attack that they watch live. With `--check` one document about it, and status 1 when anything
 * is missed.
 */
process.exitCode = await runDemo(process.argv.slice(2))
