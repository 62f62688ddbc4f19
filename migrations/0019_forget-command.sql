-- What people had rules forget: a fault that was repaired, or all that they learnt. Written from the readings log, so that back-tests
-- know it when the log has gone. A new table: locks nothing.
create table forget_command (
  id uuid primary key,
  at timestamptz not null,
  by text not null,
  note text,
  job text,
  -- [{rule, tag, from}]: src/model/log-record.ts.
  targets jsonb not null
);
create index forget_command_at on forget_command (at);
