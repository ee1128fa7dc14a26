/** The one schema, for the embedded database and for a server. */
import type { Database } from './database.ts';

/**
 * - `session`: a card that the issuer signed, and the address of the server that speaks under it; null when it speaks elsewhere.
 * - `feed`: what became public about a session, in order. A key stands here from the moment it is disclosed, never before.
 * - `status`: every change of a card's status; `status_token`: every list that was signed, for questions about the past.
 * - `directory`: the issuer's signed directory, the newest counts.
 * - `log_leaf`, `log_head`: the transparency log.
 * - `manifest`: C2PA manifests to which a locator leads.
 */
const SCHEMA = `
select pg_advisory_xact_lock(7523094288207667301);
create table if not exists session (
  card_hash bytea primary key,
  locator bytea not null,
  card bytea not null,
  claims text not null,
  jwt text,
  status_index integer not null unique,
  home text,
  opened_at timestamptz not null default now()
);
create index if not exists session_locator on session (locator);
create table if not exists feed (
  card_hash bytea not null references session,
  seq integer not null,
  type text not null,
  slot integer,
  body bytea,
  primary key (card_hash, seq)
);
create sequence if not exists status_index as integer minvalue 0 start 0;
create table if not exists status (
  revision integer generated always as identity primary key,
  status_index integer not null,
  value smallint not null,
  signed_at bigint not null
);
create index if not exists status_by_index on status (status_index, revision);
create table if not exists status_token (
  issued_at integer primary key,
  token text not null
);
create table if not exists directory (
  updated integer primary key,
  body text not null
);
create table if not exists log_leaf (
  leaf_index integer primary key,
  entry bytea not null unique
);
create table if not exists log_head (
  size integer primary key,
  note text not null
);
create table if not exists manifest (
  manifest_id text primary key,
  locator bytea not null,
  body bytea not null
);
create index if not exists manifest_locator on manifest (locator);
`;

/** Brings the database up to the schema; several servers may do so at once. */
export async function migrate(database: Database): Promise<void> {
  await database.query(SCHEMA);
}
