-- Readings that were accepted and that the database then refused, each with why. Only a new table: locks nothing.
create table quarantine (
  id bigint generated always as identity primary key,
  quarantined_at timestamptz not null,
  source text,
  tag text not null,
  -- Null when not even the time could be held.
  at timestamptz,
  -- As text: whatever it was, it is kept as it came.
  value text,
  reason text not null,
  detail text not null check (octet_length(detail) <= 4096)
);

create index quarantine_newest on quarantine (quarantined_at desc, id desc);
