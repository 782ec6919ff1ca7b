/** Tests of a minute or more. Of each list the checks take one entry a day, in turn. */
const IN_TURN: readonly (readonly (readonly string[])[])[] = [
  [
    ['packages/cli/test/view/backfill.test.ts', 'packages/cli/test/source/run-files.test.ts', 'packages/cli/test/view/run-map.test.ts'],
    ['packages/cli/test/view/micro-batch.test.ts', 'test/cli/backfill.test.ts', 'packages/cli/test/model/model.test.ts'],
  ],
  [
    ['test/flink/killed-parts.cluster.test.ts'],
    ['packages/cli/test/scaled/switch.cluster.test.ts'],
    ['packages/cli/test/scaled/flink-backfill.cluster.test.ts'],
    ['test/nexmark/scaled.cluster.test.ts'],
  ],
]

const DAY_MS = 86_400_000

/** The long tests that are left to other days: each has its day. */
export function leftToOtherDays(now: number): readonly string[] {
  const day = Math.floor(now / DAY_MS)
  return IN_TURN.flatMap((entries) => entries.filter((_, i) => i !== day % entries.length)).flat()
}
