-- Rollups per minute, hour and day, and what keeps them true. Only new tables and functions: locks nothing.
-- The views reading_minute, reading_hour and reading_day depend on the edition: src/store/rollups.ts makes them.

-- Rollups that we make ourselves; on TimescaleDB Community only those from before it was Community.
-- n: all readings; n_good: those of good quality; n_used: those with a value that are not bad. The figures are over
-- n_used, and null when it is 0.
create table reading_minute_stored (
  tag_id int not null, at timestamptz not null, n bigint not null, n_good bigint not null, n_used bigint not null,
  sum float8, sum_squares float8, min float8, max float8, first float8, last float8,
  primary key (tag_id, at)
) partition by range (at);

create table reading_hour_stored (
  tag_id int not null, at timestamptz not null, n bigint not null, n_good bigint not null, n_used bigint not null,
  sum float8, sum_squares float8, min float8, max float8, first float8, last float8,
  primary key (tag_id, at)
) partition by range (at);

create table reading_day_stored (
  tag_id int not null, at timestamptz not null, n bigint not null, n_good bigint not null, n_used bigint not null,
  sum float8, sum_squares float8, min float8, max float8, first float8, last float8,
  primary key (tag_id, at)
) partition by range (at);

-- How far the rollups have come: one row.
create table rollup_state (
  only_row boolean primary key default true check (only_row),
  -- Who keeps them: our tables, or TimescaleDB's continuous aggregates.
  kept_as text not null default 'tables' check (kept_as in ('tables', 'aggregates')),
  -- Readings before this are late for whoever stores them from now on: they go into rollup_dirty.
  announced timestamptz,
  -- Up to here rollups are made; what is younger is computed from the readings when it is asked for.
  materialised timestamptz,
  -- Older rollups are in our tables, whoever keeps the younger ones.
  stored_before timestamptz,
  -- TimescaleDB Community: what its policies were last set to.
  policies jsonb
);
insert into rollup_state default values;

-- Minutes whose rollup must be made again, as late readings came: first and last lie in one UTC hour. Append-only and
-- without a unique key, so that whoever stores readings never waits for who works it off.
create table rollup_dirty (
  id bigint generated always as identity primary key,
  tag_id int not null,
  first timestamptz not null,
  last timestamptz not null
);

-- What is announced, ms since 1970, and the promise to keep to it: until the caller's transaction ends, nothing more is
-- announced. Two statements, because the second must see what was committed while the first one waited.
create function rollup_announced() returns float8 language plpgsql volatile as $$
begin
  perform pg_advisory_xact_lock_shared(7707001);
  return (select coalesce(date_part('epoch', announced) * 1000, '-infinity') from rollup_state);
end $$;

-- Where rollups end and readings begin. Not immutable in truth: it says so to be a constant for the planner, which then
-- leaves all older partitions out. A plan that is kept goes on with an older answer, and that is as true as before.
create function rollup_materialised() returns timestamptz language plpgsql immutable parallel safe as $$
begin
  return (select coalesce(materialised, '-infinity') from rollup_state);
end $$;
