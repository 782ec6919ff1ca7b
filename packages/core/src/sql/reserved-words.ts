/** Words that DuckDB 1.5 refuses as an unquoted column name (from its `duckdb_keywords()`, each tried). */
const DUCKDB = `all analyse analyze and anti any array as asc asof asymmetric at authorization binary both by case cast check collate collation column
concurrently constraint create cross default deferrable desc describe distinct do else end except fetch for foreign freeze from full glob group having ilike in
initially inner intersect into is isnull join lambda lateral leading left like limit natural not notnull offset on only or order outer overlaps pivot placing
positional primary qualify references returning right select semi show similar some summarize symmetric table tablesample then to trailing union unique unpack
unpivot using variadic verbose when where window with`

/** Words that Flink SQL 2.x reserves and that occur as column names in practice. */
const FLINK = `abs absolute action add allocate alter are avg begin between bigint bit blob boolean bytes call cardinality catalog ceil char character close
coalesce collect commit condition connect contains convert corr count covar_pop cube current current_date current_time current_timestamp current_user cursor cycle
date day deallocate dec decimal declare delete deref disconnect domain double drop dynamic each element equals escape every exec execute exists exp external
extract false filter first_value float floor free function fusion get global grant grouping hold hour identity import indicator insert int integer intersection
interval language large last_value lead ln local localtime localtimestamp lower map match max member merge method min minute mod modifies module modules month
multiset national nchar new next no none normalize null nullif numeric octet_length of old open out over overlay parameter partition percent period position
power precision prepare previous procedure range rank raw reads real recursive release reset result revoke rollback rollup row row_number rows savepoint scroll
search second session_user set smallint specific sql sqrt start static statement stddev_pop stream string substring sum symmetric system system_time system_user
tables temporary time timestamp timezone_hour timezone_minute tinyint translate translation treat trigger trim true truncate uescape unknown unnest update upper
upsert use user value values varbinary varchar varying versioning views watermark watermarks week whenever width_bucket within without year`

/** Names that hand-written SQL must quote in one engine or the other. Printers always quote. */
export const RESERVED_WORDS: ReadonlySet<string> = new Set(`${DUCKDB} ${FLINK}`.split(/\s+/))
