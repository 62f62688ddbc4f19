-- When the limit of a forecast will be reached: {at: milliseconds since 1970, p10, p50, p90: hours from then}; null where the
-- rule does not say. Exclusive lock on alert and alert_event for an instant each, whatever they hold: a column without a default.

alter table alert add column rul jsonb;
alter table alert_event add column rul jsonb;
