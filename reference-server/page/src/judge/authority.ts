/** Whom the page trusts, and where it asks whether a card still stands. */
import type { StatusOf } from '@undertone/detector';
import {
  cardEndMs,
  checkAudience,
  hex,
  parseCard,
  parseClaims,
  parseTrust,
  personaHash,
  TokenError,
  type TrustStore,
  utf8,
  verifyCard,
} from '@undertone/token';
import { DIRECTORY_PATH, directorySigner, MAX_DIRECTORY_LENGTH, parseDirectoryText } from '@undertone/token/directory';
import { StatusClient } from '@undertone/token/status';
import type { AgentInfo, Fact, JudgeStart } from '../threads.ts';

/** The one issuer whose key the server handed out. */
export function trustOf({ issuer }: AgentInfo): TrustStore {
  return parseTrust(issuer);
}

/** Address of the issuer's status list, from a directory that a trusted key signed; null without one. */
async function statusList({ channel }: AgentInfo, trust: TrustStore): Promise<string | null> {
  const answer = await fetch(new URL(DIRECTORY_PATH, channel), { credentials: 'omit' });
  const length = Number(answer.headers.get('content-length') ?? 0);
  if (!answer.ok || length > MAX_DIRECTORY_LENGTH) return null;
  const directory = parseDirectoryText(await answer.text());
  return directorySigner(directory, trust.keys) ? directory.statusList : null;
}

/** A source of card statuses that tells every answer. */
export function statusOf(agent: AgentInfo, trust: TrustStore, tell: (fact: Fact) => void): StatusOf {
  const list = statusList(agent, trust).catch(() => null);
  let client: StatusClient | null = null;
  return () => ({
    async now(index, nowMs, fresh) {
      const uri = await list;
      if (uri !== null) client ??= new StatusClient({ uri, keys: trust.keys });
      const answer = client ? await client.now(index, nowMs, fresh) : ({ status: 'unknown' } as const);
      tell({ type: 'status', status: answer.status, atMs: nowMs });
      return answer;
    },
    get askAgainMs() {
      return client?.askAgainMs ?? 0;
    },
  });
}

/** What a card says, if its signature holds. */
export function judgeCard(
  bytes: Uint8Array,
  json: unknown,
  trust: TrustStore,
  asked: Pick<JudgeStart, 'audience' | 'role'>,
): Fact {
  try {
    const card = parseCard(bytes);
    const claims = parseClaims(json);
    // A card that continues another is told a little before it begins.
    const verdict = verifyCard(card, trust, { atMs: Math.max(Date.now(), card.t0Ms), claims });
    if (!verdict.ok) return { type: 'card-refused', code: verdict.code };
    const role = hex(personaHash('role', utf8(asked.role)));
    return {
      type: 'authority',
      authority: {
        sessionId: hex(card.locator),
        cardHash: hex(card.cardHash),
        issuer: verdict.issuer.name,
        kid: verdict.issuer.kid,
        claims,
        fromMs: card.t0Ms,
        untilMs: cardEndMs(card),
        bound: checkAudience(claims, asked.audience) === null,
        roleMatches: asked.role === '' || claims.rolePersona === undefined ? null : claims.rolePersona === role,
      },
    };
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    return { type: 'card-refused', code: error.code };
  }
}
