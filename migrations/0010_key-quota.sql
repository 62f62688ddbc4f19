-- What a key may push; null: as much as it likes. The table is small: locked for a moment.
alter table api_key
  add column readings_per_second int check (readings_per_second > 0),
  add column bytes_per_day bigint check (bytes_per_day > 0);
