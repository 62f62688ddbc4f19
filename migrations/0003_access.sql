-- API keys and browser sessions: only hashes are kept. Only new tables: locks nothing.

create table api_key (
  id text primary key,
  name text not null,
  hash bytea not null unique, -- SHA-256 of the whole key
  scopes text[] not null,
  created_at timestamptz not null,
  revoked_at timestamptz
);

create table session (
  hash bytea primary key, -- SHA-256 of the cookie's value
  name text not null,
  scopes text[] not null,
  csrf_token text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null
);
