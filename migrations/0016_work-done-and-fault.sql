-- What was done about a job, by whom, and what was found; and what is broken, where the method of an alert can say. Exclusive lock on
-- work_order and alert for an instant, whatever they hold: columns without a default; the new table locks nothing.
alter table work_order
  add column started_at timestamptz,
  add column started_by text,
  add column closed_at timestamptz,
  add column closed_by text,
  add column found text,
  add column cause text,
  add column remedy text,
  add column notes text;

create table work_order_action (
  id bigint generated always as identity primary key,
  work_order_id uuid not null references work_order (id),
  at timestamptz not null,
  action text not null check (action in ('started', 'completed', 'cancelled')),
  by text not null,
  note text
);
create index work_order_action_order on work_order_action (work_order_id, id);

alter table alert add column fault text;
