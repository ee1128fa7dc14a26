/** The session record, put together from what is stored: the same at the operator, which signs it, and wherever it is read. */
import { type FeedItem, MAX_PAGE_ITEMS } from '@undertone/channel';
import {
  parseCard,
  parseCheckpoint,
  parseClaimsText,
  parsePersonaEvent,
  parseRecord,
  parseRenewal,
  type SessionRecord,
} from '@undertone/token';
import type { SessionStore } from './session-store.ts';

type Of<T extends FeedItem['type']> = Extract<FeedItem, { type: T }>;

/** Everything that is public about a session; unsigned until the session has ended. Null when it is unknown. */
export async function storedRecord(
  store: Pick<SessionStore, 'byCard' | 'after'>,
  cardHash: Uint8Array,
): Promise<SessionRecord | null> {
  const session = await store.byCard(cardHash);
  if (session === null) return null;
  const items: FeedItem[] = [];
  for (let more = true; more; ) {
    const page = await store.after([{ cardHash, after: items.at(-1)?.seq ?? 0 }]);
    items.push(...page.map(({ item }) => item));
    more = page.length === MAX_PAGE_ITEMS;
  }
  const all = <T extends FeedItem['type']>(type: T): Of<T>[] => items.filter((item): item is Of<T> => item.type === type);
  const key = all('key').at(-1);
  const renewal = all('renewal').at(-1);
  return {
    card: parseCard(session.card),
    claims: parseClaimsText(session.claims),
    jwt: session.jwt,
    records: all('record').map(({ record }) => parseRecord(record)),
    key: key === undefined ? null : { slot: key.slot, key: key.key },
    checkpoints: all('checkpoint').map(({ checkpoint }) => parseCheckpoint(checkpoint)),
    events: all('persona').map(({ event }) => parsePersonaEvent(event)),
    ...(renewal === undefined ? {} : { renewal: parseRenewal(renewal.renewal) }),
    signature: all('end').at(-1)?.signature ?? null,
  };
}
