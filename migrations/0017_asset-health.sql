-- What the health of each asset was, from when on: a row holds until the next one of its asset, the newest until health_watch.seen_until.
-- New tables: locks nothing.
create table asset_health (
  asset text not null,
  at timestamptz not null,
  health float8 check (health between 0 and 1), -- null: not known
  confidence float8 not null,
  primary key (asset, at)
);

create table health_watch (
  scope text primary key check (scope = 'all'), -- one row
  seen_until timestamptz not null
);
