-- Readings that are texts, and the newest of each tag. New tables: locks nothing.
-- A hypertable where the edition of the database has them: src/store/texts-table.ts makes one of it.

create table reading_text (
  tag_id int not null,
  at timestamptz not null,
  value text not null,
  quality smallint not null,
  code int,
  primary key (tag_id, at)
);

-- For dropping what is too old.
create index reading_text_at on reading_text (at);

-- Kept with every text, unlike reading_latest: texts are few.
create table reading_text_latest (
  tag_id int primary key references tag (id),
  at timestamptz not null,
  value text not null,
  quality smallint not null,
  code int
) with (fillfactor = 70);
