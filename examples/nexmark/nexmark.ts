import { contract, files, type PlanSource, planned, stream, t } from 'millrace'
import { QUERIES } from './query/index.ts'
import { SOURCES, WATERMARK_DELAY_MS } from './source.ts'

const FIELD = { int64: t.int64(), string: t.string(), timestamp: t.timestamp() } as const

/** The stream of a source of the queries, from the files that the generator writes. */
function streamOf({ name, key, fields }: PlanSource) {
  const types = Object.fromEntries(fields.map((field) => [field.name, FIELD[field.type as keyof typeof FIELD]]))
  return stream(name, {
    contract: contract(`nexmark.${name}`, {
      eventTime: 'date_time',
      key: (key ?? []) as readonly 'date_time'[],
      fields: types as { readonly date_time: typeof FIELD.timestamp },
    }),
    from: files(`events/${name}*.jsonl`, { format: 'json-lines' }),
    watermark: { delay: `${WATERMARK_DELAY_MS}ms` },
    late: 'keep',
  })
}

export const person = streamOf(SOURCES.person)
export const auction = streamOf(SOURCES.auction)
export const bid = streamOf(SOURCES.bid)

/** A view for each query, under its name. */
export const [q0, q1, q2, q3, q4, q5, q7, q8, q9, q11, q12, q15, q16, q17, q18, q19, q20, q22] = QUERIES.map(({ name, about, plan }) =>
  planned(name, [person, auction, bid], plan, { doc: about }),
)
