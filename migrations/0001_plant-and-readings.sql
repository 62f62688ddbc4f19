-- Assets, tags and what keeps track of their readings. Only new tables: locks nothing.
-- The table `reading` itself depends on the edition of the database: src/store/readings-table.ts makes it.

create table asset (
  id text primary key,
  name text not null,
  parent text,
  class text,
  criticality text check (criticality in ('A', 'B', 'C')),
  origin text not null check (origin in ('plant', 'adopted')),
  retired_at timestamptz
);

create table tag (
  id int generated always as identity primary key,
  name text not null unique,
  asset text not null references asset (id),
  unit text,
  source text,
  range_low float8,
  range_high float8,
  origin text not null check (origin in ('plant', 'adopted')),
  retired_at timestamptz
);

create index tag_asset on tag (asset);

-- The newest reading of every tag, so that a list of tags never scans readings.
create table reading_latest (
  tag_id int primary key references tag (id),
  at timestamptz not null,
  value float8,
  quality smallint not null,
  code int
) with (fillfactor = 70);

-- How far each reader of the readings log has come; moves in the same transaction as what it wrote.
create table log_cursor (
  reader text primary key,
  log_id text not null,
  position bigint not null,
  at timestamptz not null
);

create table engine_checkpoint (
  scope text primary key,
  log_id text not null,
  position bigint not null,
  state jsonb not null,
  at timestamptz not null
);
