-- The completeness ledger: what was due and is missing, and how far the readings log has been examined for it.
-- Only new tables: locks nothing.

create table gap (
  id text primary key,
  source text not null,
  tag text,           -- null: every tag of the source, or a client's numbered batches
  stream text,        -- the client that numbers its batches
  from_at timestamptz not null,
  to_at timestamptz,  -- null: it lasts
  first_sequence bigint,
  last_sequence bigint,
  reason text not null,
  opened_at timestamptz not null,
  closed_at timestamptz
);

create index gap_opened on gap (opened_at, id);
create index gap_still_open on gap (opened_at, id) where closed_at is null;
create index gap_source on gap (source, opened_at, id);
create index gap_tag on gap (tag, opened_at, id) where tag is not null;

create table ledger_checkpoint (
  scope text primary key check (scope = 'all'), -- one row
  log_id text not null,
  position bigint not null,
  state jsonb not null,
  at timestamptz not null
);
