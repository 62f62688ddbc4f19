-- Vibration waveforms and thermal frames, packed as src/store/pack-floats.ts says. Only new tables: locks nothing.
create table waveform (
  tag_id int not null references tag (id),
  at timestamptz not null,
  rate_hz float8 not null check (rate_hz > 0),
  unit text not null,
  length int not null check (length > 0),
  packed bytea not null,
  primary key (tag_id, at)
);

create index waveform_at on waveform (at);

create table thermal_frame (
  tag_id int not null references tag (id),
  at timestamptz not null,
  width int not null check (width > 0),
  height int not null check (height > 0),
  packed bytea not null,
  primary key (tag_id, at)
);

create index thermal_frame_at on thermal_frame (at);

-- They are packed already: a second compression would cost time and gain nothing.
alter table waveform alter column packed set storage external;
alter table thermal_frame alter column packed set storage external;
