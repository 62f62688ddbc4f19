-- A session that a key was traded for ends with the key. One column without a default: locks the table for a moment.
alter table session add column key_hash bytea;
