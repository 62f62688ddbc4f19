-- What the engine remembers, asset by asset, so that a checkpoint writes only what changed. A new table: locks nothing.
-- Belongs to the checkpoint with the scope 'all', which holds the log position and what is of no asset.
create table engine_cell (
  asset text not null,
  part int not null,
  -- JSON. Not jsonb: nobody looks into it, and text takes every character that a tag's name may have.
  state text not null,
  primary key (asset, part)
);
