-- Which alerts a job had, and from which line of their journal on: an alert that is raised again after its job was closed gets another
-- job, and the closed one keeps what it was made for. `alert.work_order_id` stays the newest. A new table: row locks on nothing, share
-- locks of foreign keys on work_order and alert for as long as the copy takes (one short row for each alert with a job, some seconds
-- for a million); readings are not touched.
create table work_order_alert (
  work_order_id uuid not null references work_order (id),
  alert_id uuid not null references alert (id),
  -- Its lines of alert_event from this id on, up to where its next job begins.
  first_event bigint not null,
  primary key (work_order_id, alert_id)
);

insert into work_order_alert (work_order_id, alert_id, first_event)
  select work_order_id, id, 0 from alert where work_order_id is not null;

create index work_order_alert_journal on work_order_alert (alert_id, first_event);
