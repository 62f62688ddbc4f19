-- What was answered to a push that carried an Idempotency-Key, so that sending it again is answered the same. Only a new
-- table: locks nothing.

create table push_receipt (
  key text primary key,        -- SHA-256 of route, credential and key
  begun_at timestamptz not null,
  body_hash text,              -- null: begun, and never finished
  answer text
);

create index push_receipt_begun on push_receipt (begun_at);
