/** Sessions and their feeds in the database. */
import { type FeedItem, MAX_PAGE_ITEMS, MAX_RESOLVED_SESSIONS } from '@undertone/channel';
import { type Card, type Claims, canonicalClaims, fromUtf8 } from '@undertone/token';
import type { Database } from './database.ts';

/** A session as the store knows it. */
export interface StoredSession {
  readonly cardHash: Uint8Array;
  readonly card: Uint8Array;
  /** Canonical JSON. */
  readonly claims: string;
  readonly jwt: string | null;
  /** Address of the server that speaks under this card; null when it speaks elsewhere. */
  readonly home: string | null;
}

/** Where a reader is in a feed. */
export interface FeedPosition {
  readonly cardHash: Uint8Array;
  readonly after: number;
}

/** An item and whose it is. */
export interface StoredItem {
  readonly cardHash: Uint8Array;
  readonly item: FeedItem;
}

type SessionRow = { card_hash: Uint8Array; card: Uint8Array; claims: string; jwt: string | null; home: string | null };
type FeedRow = { card_hash: Uint8Array; seq: number; type: FeedItem['type']; slot: number | null; body: Uint8Array | null };

const SESSION_COLUMNS = 'card_hash, card, claims, jwt, home';

export class SessionStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Makes a card known, and where it speaks. Fulfilled when it is durable. */
  async open(card: Card, claims: Claims, jwt: string | null, home: string | null): Promise<void> {
    await this.#database.query(
      `insert into session (card_hash, locator, card, claims, jwt, status_index, home) values ($1, $2, $3, $4, $5, $6, $7)`,
      [card.cardHash, card.locator, card.bytes, fromUtf8(canonicalClaims(claims)), jwt, card.status, home],
    );
  }

  /** Appends items to a feed, all or none. Fulfilled when they are durable; the same items may be given again. */
  async append(cardHash: Uint8Array, items: readonly FeedItem[]): Promise<void> {
    const rows = items.map(toRow);
    await this.#database.query(
      `insert into feed (card_hash, seq, type, slot, body)
       select $1, * from unnest($2::integer[], $3::text[], $4::integer[], $5::bytea[])
       on conflict (card_hash, seq) do nothing`,
      [cardHash, rows.map((r) => r.seq), rows.map((r) => r.type), rows.map((r) => r.slot), rows.map((r) => r.body)],
    );
  }

  /** Newest sessions that answer to a locator, at most 8. */
  async byLocator(locator: Uint8Array): Promise<StoredSession[]> {
    return this.#sessions('locator = $1 order by opened_at desc limit $2', [locator, MAX_RESOLVED_SESSIONS]);
  }

  async byCard(cardHash: Uint8Array): Promise<StoredSession | null> {
    return (await this.#sessions('card_hash = $1', [cardHash]))[0] ?? null;
  }

  async #sessions(where: string, values: readonly unknown[]): Promise<StoredSession[]> {
    const rows = await this.#database.query<SessionRow>(`select ${SESSION_COLUMNS} from session where ${where}`, values);
    return rows.map((row) => ({ cardHash: row.card_hash, card: row.card, claims: row.claims, jwt: row.jwt, home: row.home }));
  }

  /** What several feeds hold after given positions, each in its order; at most 1024 items in all. */
  async after(positions: readonly FeedPosition[]): Promise<StoredItem[]> {
    const rows = await this.#database.query<FeedRow>(
      `select f.card_hash, f.seq, f.type, f.slot, f.body
       from feed f join unnest($1::bytea[], $2::integer[]) as p (card_hash, after) on f.card_hash = p.card_hash and f.seq > p.after
       order by f.card_hash, f.seq limit $3`,
      [positions.map((p) => p.cardHash), positions.map((p) => p.after), MAX_PAGE_ITEMS],
    );
    return rows.map((row) => ({ cardHash: row.card_hash, item: fromRow(row) }));
  }
}

function toRow(item: FeedItem): Omit<FeedRow, 'card_hash'> {
  const { type, seq } = item;
  switch (item.type) {
    case 'record':
      return { type, seq, slot: null, body: item.record };
    case 'key':
      return { type, seq, slot: item.slot, body: item.key };
    case 'checkpoint':
      return { type, seq, slot: null, body: item.checkpoint };
    case 'persona':
      return { type, seq, slot: null, body: item.event };
    case 'renewal':
      return { type, seq, slot: null, body: item.renewal };
    case 'end':
      return { type, seq, slot: null, body: item.signature };
  }
}

function fromRow({ type, seq, slot, body }: FeedRow): FeedItem {
  const bytes = body ?? new Uint8Array();
  switch (type) {
    case 'record':
      return { type, seq, record: bytes };
    case 'key':
      return { type, seq, slot: slot ?? 0, key: bytes };
    case 'checkpoint':
      return { type, seq, checkpoint: bytes };
    case 'persona':
      return { type, seq, event: bytes };
    case 'renewal':
      return { type, seq, renewal: bytes };
    case 'end':
      return { type, seq, signature: bytes };
  }
}
