-- Alerts that a source raised itself. Exclusive lock on alert for an instant, whatever it holds: rows that are there satisfied a
-- narrower check, so they are not looked at again.

alter table alert drop constraint alert_kind_check;
alter table alert add constraint alert_kind_check
  check (kind in ('machine', 'instrument', 'communications', 'external')) not valid;
