/** Operations on cards, claims, trust and session records (pages 01 and 08). */
import {
  canonicalClaims,
  checkAudience,
  claimsHash,
  concat,
  constantTimeEqual,
  createSession,
  fromUtf8,
  generateIssuerKey,
  hex,
  parseCard,
  parseClaims,
  parseSessionRecord,
  parseTrust,
  personaHash,
  scopeHash,
  verifyCard,
  verifySessionRecord,
} from '@undertone/token';
import { bytes, number, type Operation, object, ok, optionalText, refused, text } from './input.ts';

export const cardOperations: { readonly [name: string]: Operation } = {
  'card.verify': (input) => {
    const claims = input.claims === undefined ? undefined : parseClaims(input.claims);
    const audience = optionalText(input, 'audience');
    const verdict = verifyCard(bytes(input, 'card'), parseTrust(input.trust), {
      atMs: number(input, 'atMs'),
      ...(claims === undefined ? {} : { claims }),
      ...(audience === undefined ? {} : { audience }),
    });
    if (!verdict.ok) return refused(verdict.code);
    const { card, issuer } = verdict;
    const bound = audience !== undefined && claims !== undefined && checkAudience(claims, audience) === null ? 'call' : 'none';
    return ok({
      issuer: issuer.name,
      kid: card.kid,
      cardHash: hex(card.cardHash),
      locator: hex(card.locator),
      t0Ms: card.t0Ms,
      slots: card.slots,
      delaySeconds: card.delaySeconds,
      epochSlots: card.epochSlots,
      family: card.family,
      status: card.status,
      bound,
    });
  },
  'card.locate': (input) => {
    const card = parseCard(bytes(input, 'card'));
    return constantTimeEqual(card.locator, bytes(input, 'locator'))
      ? ok({ cardHash: hex(card.cardHash) })
      : refused('locator-mismatch');
  },
  'card.make': (input) => {
    const [issuerSecret, sessionSecret, chainSeed] = ['issuerSecret', 'sessionSecret', 'chainSeed'].map((name) =>
      bytes(input, name),
    );
    const secrets = [sessionSecret, chainSeed];
    const session = createSession({
      issuer: generateIssuerKey('', () => issuerSecret),
      agent: parseClaims(input.claims).agent,
      t0Ms: number(input, 't0Ms'),
      durationSeconds: number(input, 'slots') * 2.56,
      delaySeconds: number(input, 'delaySeconds'),
      epochSlots: number(input, 'epochSlots') === 4 ? 4 : 8,
      family: number(input, 'family'),
      status: number(input, 'status'),
      claims: parseClaims(input.claims),
      random: () => secrets.shift()!,
    });
    return ok({ card: hex(session.card.bytes), root: hex(session.card.chainRoot), sessionKey: hex(session.card.sessionKey) });
  },
  'claims.hash': (input) => {
    const claims = parseClaims(input.claims);
    return ok({
      canonical: fromUtf8(canonicalClaims(claims)),
      claimsHash: hex(claimsHash(claims)),
      scopeHash: hex(scopeHash(claims.scope)),
    });
  },
  'persona.hash': (input) => {
    const kind = text(input, 'kind') === 'voice' ? 'voice' : 'role';
    return ok({ hash: hex(personaHash(kind, bytes(input, 'persona'))) });
  },
  'trust.read': (input) => ok({ kids: parseTrust(input.trust).keys.map((key) => key.kid) }),
  'session.verify': (input) => {
    const record = parseSessionRecord(object(input, 'session'));
    const audience = optionalText(input, 'audience');
    const verdict = verifySessionRecord(record, parseTrust(input.trust), audience === undefined ? {} : { audience });
    if (!verdict.ok) return refused(verdict.code);
    return ok({
      locator: hex(verdict.card.locator),
      slots: [...verdict.records.keys()],
      gaps: verdict.gaps,
      rejected: verdict.rejected,
      newestKey: verdict.keys.newestSlot,
      checkpoints: verdict.checkpoints.length,
      rejectedCheckpoints: verdict.rejectedCheckpoints,
      events: verdict.events.length,
      eventFailure: verdict.eventFailure,
      renewal: verdict.renewal && { lastSlot: verdict.renewal.lastSlot, reason: verdict.renewal.reason },
      signed: verdict.signed,
      bound: verdict.bound,
    });
  },
  'card.symbols': (input) => {
    const card = parseCard(concat(bytes(input, 'card')));
    return ok({ symbols: Array.from({ length: 27 }, (_, i) => hex(card.bytes.slice(6 * i, 6 * i + 6))) });
  },
};
