-- The peer of `bench -- weblogs`: DuckDB alone reads the log, counts in hopping windows and writes Parquet.
-- Run alone: duckdb -c "set threads=2; set variable input='access.log'; set variable output='windows.parquet'" -f bench/weblogs.sql
copy (
  with lines as (
    select
      column0 as ip,
      strptime(column3 || ' ' || column4, '[%d/%b/%Y:%H:%M:%S %z]') as event_time,
      split_part(split_part(column5, ' ', 2), '?', 1) as path,
      try_cast(column6 as integer) as status,
      try_cast(nullif(column7, '-') as bigint) as response_bytes
    from read_csv(getvariable('input'), delim = ' ', quote = '"', header = false, auto_detect = false, columns = {
      'column0': 'varchar', 'column1': 'varchar', 'column2': 'varchar', 'column3': 'varchar', 'column4': 'varchar',
      'column5': 'varchar', 'column6': 'varchar', 'column7': 'varchar', 'column8': 'varchar', 'column9': 'varchar'
    })
  ),
  members as (
    select
      unnest(generate_series(0, 4)) as step,
      epoch_ms(event_time) // 60000 as minute,
      ip, path, status, response_bytes
    from lines
  )
  select
    make_timestamp_ms((minute + step - 4) * 60000) as window_start,
    make_timestamp_ms((minute + step + 1) * 60000) as window_end,
    ip,
    count(*) as hits,
    count(*) filter (status >= 400) as errors,
    count(*) filter (path = '/login' and status = 401) as failed_logins,
    count(distinct path) as distinct_paths,
    sum(response_bytes)::bigint as response_bytes
  from members
  group by all
) to (getvariable('output')) (format parquet);
