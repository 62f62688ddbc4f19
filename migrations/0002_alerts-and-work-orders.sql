-- Alerts with their journal, the jobs they lead to, and the messages that go out. Only new tables: locks nothing.

create table work_order (
  id uuid primary key,
  number text not null unique,
  state text not null check (state in ('open', 'in progress', 'done', 'cancelled')),
  asset text,
  rule text,
  title text not null,
  description text not null,
  failure_mode text not null,
  priority text not null check (priority in ('low', 'medium', 'high', 'critical')),
  created_at timestamptz not null,
  due_at timestamptz
);

create index work_order_created on work_order (created_at, id);
create index work_order_open on work_order (rule, asset) where state in ('open', 'in progress');

-- One row a year: numbers are given without gaps, inside the transaction that makes the work order.
create table work_order_counter (
  year int primary key,
  last int not null
);

create table alert (
  id uuid primary key,
  rule text not null,
  kind text not null check (kind in ('machine', 'instrument', 'communications')),
  tag text,
  asset text,
  source text,
  state text not null check (state in ('unacknowledged', 'acknowledged', 'returned', 'normal')),
  level text check (level in ('HH', 'H', 'L', 'LL')),
  priority text not null check (priority in ('low', 'medium', 'high', 'critical')),
  raised_at timestamptz not null,
  returned_at timestamptz,
  cleared_at timestamptz,
  acknowledged_at timestamptz,
  acknowledged_by text,
  value float8,
  limit_value float8,
  explanation text not null,
  work_order_id uuid references work_order (id),
  -- Position in the readings log that last moved this alert: a replay ignores what lies at or before it.
  log_id text not null,
  log_position bigint not null
);

create index alert_raised on alert (raised_at, id);
create index alert_active on alert (raised_at desc) where state <> 'normal';
create index alert_work_order on alert (work_order_id) where work_order_id is not null;

create table alert_event (
  id bigint generated always as identity primary key,
  alert_id uuid not null references alert (id),
  at timestamptz not null,
  effect text not null,
  by text,
  note text,
  level text,
  value float8,
  limit_value float8,
  explanation text,
  log_position bigint not null
);

create index alert_event_alert on alert_event (alert_id, id);

create table webhook (
  id text primary key,
  url text not null,
  secret text not null, -- sealed with the key file of the data directory, never in clear
  priorities text[] not null,
  origin text not null check (origin in ('plant', 'api')),
  enabled boolean not null default true,
  disabled_reason text,
  -- Whether the last attempt failed, and when it was: those that work get their turn first, the others by turns.
  failing boolean not null default false,
  attempted_at timestamptz,
  created_at timestamptz not null,
  created_by text not null
);

create table delivery (
  id text primary key,
  -- The order in which messages were put in, and in which each endpoint gets those that are due.
  sequence bigint generated always as identity,
  webhook_id text not null,
  alert_id uuid not null references alert (id),
  effect text not null,
  body text not null,
  state text not null check (state in ('pending', 'delivered', 'failed', 'dead')),
  attempts int not null default 0,
  next_at timestamptz,
  claimed_until timestamptz,
  created_at timestamptz not null,
  delivered_at timestamptz,
  last_status int,
  last_reason text
);

create index delivery_due on delivery (webhook_id, sequence) where state in ('pending', 'failed');
create index delivery_created on delivery (created_at, id);
create index delivery_alert on delivery (alert_id);
