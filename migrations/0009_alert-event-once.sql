-- A commit whose outcome is unknown is repeated: its journal lines must not be there twice. Locks alert_event while the
-- index is built; it holds a few lines for each alert.
delete from alert_event e using alert_event kept
 where kept.alert_id = e.alert_id and kept.log_position = e.log_position and kept.effect = e.effect and kept.at = e.at
   and kept.id < e.id;

create unique index alert_event_once on alert_event (alert_id, log_position, effect, at);
