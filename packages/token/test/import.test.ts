import fc from 'fast-check';
import { CompactSign, calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK } from 'jose';
import { describe, expect, it } from 'vitest';
import { importJwt, type JwtCheck, sequenceHash } from '../src/import/index.ts';
import { claimsFollow, hex, publicJwk, sha256, TokenError, utf8 } from '../src/index.ts';
import { issuer, jwtPayload, makeJwt, session, stranger, T0 } from './fixtures.ts';

const keys = [publicJwk(issuer)];
const check: JwtCheck = { atMs: T0, keys };

async function signed(payload: object, header: object, alg: string): Promise<{ token: string; key: JWK }> {
  const { privateKey, publicKey } = await generateKeyPair(alg);
  const token = await new CompactSign(utf8(JSON.stringify(payload))).setProtectedHeader({ alg, ...header }).sign(privateKey);
  return { token, key: await exportJWK(publicKey) };
}

describe('agentic JWT', () => {
  it('gives the claims of a card', async () => {
    const token = makeJwt();
    expect(await importJwt(token, check)).toMatchObject({
      kind: 'agentic',
      token,
      verified: true,
      exp: jwtPayload.exp,
      claims: {
        issuer: 'https://as.example',
        agent: 'agent-7',
        agentChecksum: 'sha256:00',
        scope: ['balance:read', 'card:block'],
        audience: 'tel:+15550100',
        constraints: { intent: jwtPayload.intent },
      },
    });
    expect((await importJwt(token, { atMs: T0 })).verified).toBe(false);
  });

  it.each(['ES256', 'RS256', 'PS256', 'EdDSA'])('is verified with %s', async (alg) => {
    const { token, key } = await signed(jwtPayload, {}, alg);
    expect((await importJwt(token, { atMs: T0, keys: [publicJwk(stranger), key] })).verified).toBe(true);
    await expect(importJwt(token, check)).rejects.toMatchObject({ code: 'jwt-bad-signature' });
  });

  it('is confirmed for one holder, by key or by thumbprint', async () => {
    const holder = publicJwk(stranger);
    const jkt = await calculateJwkThumbprint(holder);
    for (const cnf of [{ jwk: { ...holder } }, { jkt }])
      await expect(importJwt(makeJwt({ ...jwtPayload, cnf }), { ...check, holder })).resolves.toBeTruthy();
    for (const cnf of [{ jwk: publicJwk(issuer) }, { jkt: `${jkt}x` }, { jwk: { kty: 'none' } }])
      await expect(importJwt(makeJwt({ ...jwtPayload, cnf }), { ...check, holder })).rejects.toMatchObject({
        code: 'jwt-holder',
      });
  });

  const chain = ['agent-1', 'agent-3', 'agent-7'];
  const delegated = (intent: object) =>
    makeJwt({ ...jwtPayload, intent: { ...jwtPayload.intent, delegation_chain: sequenceHash(chain), ...intent } });

  it('shows its delegation chain, which is 64 bits of SHA-256 over "a|b|c"', async () => {
    expect(sequenceHash(chain)).toBe(hex(sha256('agent-1|agent-3|agent-7')).slice(0, 16));
    const { claims } = await importJwt(delegated({ step_sequence_hash: sequenceHash(['s0']) }), {
      ...check,
      chain,
      steps: ['s0'],
    });
    expect(claims.constraints).toMatchObject({ delegation: chain, steps: ['s0'] });
  });

  it.each<[string, object, Partial<JwtCheck>]>([
    ['another chain', {}, { chain: ['agent-2', 'agent-7'] }],
    ['the chain in another order', {}, { chain: ['agent-3', 'agent-1', 'agent-7'] }],
    ['a chain that ends with another agent', { delegation_chain: sequenceHash(['a', 'b']) }, { chain: ['a', 'b'] }],
    ['steps that it has no hash of', {}, { steps: ['s0'] }],
    ['another agent that executes', { executed_by: 'agent-9' }, {}],
  ])('does not go with %s', async (_, intent, more) => {
    await expect(importJwt(delegated(intent), { ...check, ...more })).rejects.toMatchObject({ code: 'jwt-delegation' });
  });

  it('cannot have one name pass for two', () => {
    expect(() => sequenceHash(['a|b'])).toThrow('bad-argument');
  });

  const without = (name: string): object => ({ ...jwtPayload, [name]: undefined });
  it.each<[string, string, JwtCheck]>([
    ['jwt-malformed', 'a.b', check],
    ['jwt-malformed', 'a.b.c.d', check],
    ['jwt-malformed', 'x'.repeat(70000), check],
    ['jwt-malformed', makeJwt({ ...jwtPayload, iat: 'now' }), check],
    ['jwt-malformed', makeJwt({ ...jwtPayload, scope: [5] }), check],
    ['jwt-malformed', makeJwt({ ...jwtPayload, aud: 5 }), check],
    ['jwt-malformed', delegated({ delegation_chain: 'agent-1' }), check],
    ['jwt-alg', makeJwt(jwtPayload, { alg: 'none' }), { atMs: T0 }],
    ['jwt-alg', makeJwt(jwtPayload, { alg: 'NonE' }), { atMs: T0 }],
    ['jwt-alg', makeJwt(jwtPayload, { alg: 'HS256' }), check],
    ['jwt-alg', makeJwt(jwtPayload, { alg: 'EdDSA', crit: ['x'] }), check],
    ['jwt-alg', `${makeJwt().split('.').slice(0, 2).join('.')}.`, { atMs: T0 }],
    ['jwt-bad-signature', makeJwt(jwtPayload, { alg: 'EdDSA' }, stranger), check],
    ['jwt-bad-signature', makeJwt(), { atMs: T0, keys: [] }],
    ['jwt-expired', makeJwt(), { atMs: jwtPayload.exp * 1000 }],
    ['jwt-expired', makeJwt(), { ...check, atMs: jwtPayload.exp * 1000 + 1e6 }],
    ['jwt-not-yet-valid', makeJwt(), { atMs: (jwtPayload.iat - 1) * 1000 }],
    ['jwt-not-yet-valid', makeJwt(), { atMs: Number.NaN }],
    ['jwt-not-yet-valid', makeJwt({ ...jwtPayload, nbf: T0 / 1000 + 5 }), check],
    ['jwt-audience', makeJwt(), { ...check, audience: 'tel:+15550199' }],
    ...['iss', 'sub', 'iat', 'exp', 'jti', 'scope', 'cnf', 'intent', 'agent_proof'].map(
      (name) => ['jwt-missing-claim', makeJwt(without(name)), check] as [string, string, JwtCheck],
    ),
    ['jwt-missing-claim', makeJwt({ ...jwtPayload, cnf: {} }), check],
  ])('gives %s', async (code, token, how) => {
    await expect(importJwt(token, how)).rejects.toMatchObject({ code });
  });
});

describe('PASSporT', () => {
  const payload = { orig: { tn: '12155551212' }, dest: { tn: ['12125551213'] }, iat: T0 / 1000 };
  const header = { typ: 'passport', x5u: 'https://cert.example.org/passport.cer' };

  it('tells who calls whom, and grants nothing', async () => {
    const { token, key } = await signed(payload, header, 'ES256');
    const read = await importJwt(token, { atMs: T0 + 30_000, keys: [key] });
    expect(read).toMatchObject({
      kind: 'passport',
      verified: true,
      claims: {
        agent: 'tel:+12155551212',
        audience: 'tel:+12125551213',
        constraints: { passport: { orig: 'tel:+12155551212', dest: ['tel:+12125551213'], iat: T0 / 1000 } },
      },
    });
    expect(read.claims.scope).toBeUndefined();
    const made = session({ imported: read, agent: 'tel:+12155551212' });
    expect(made.claims).toMatchObject({ issuer: issuer.name, audience: 'tel:+12125551213', jwtHash: hex(sha256(token)) });
  });

  it.each<[string, object, number]>([
    ['jwt-expired', payload, T0 + 60_001],
    ['jwt-not-yet-valid', payload, T0 - 1000],
    ['jwt-missing-claim', { ...payload, orig: undefined }, T0],
    ['jwt-missing-claim', { ...payload, dest: {} }, T0],
    ['jwt-malformed', { ...payload, orig: { tn: '+1 215' } }, T0],
    ['jwt-malformed', { ...payload, orig: { tn: ['1', '2'] } }, T0],
  ])('gives %s', async (code, body, atMs) => {
    const { token } = await signed(body, header, 'ES256');
    await expect(importJwt(token, { atMs })).rejects.toMatchObject({ code });
  });
});

describe('plain JWT', () => {
  const payload = { iss: 'https://as.example', sub: 'agent-7', iat: T0 / 1000, exp: T0 / 1000 + 300, aud: ['a', 'b'] };

  it('keeps actors and authorisation details as constraints, and does not guess among audiences', async () => {
    const more = { scope: 'read', act: { sub: 'user-1' }, authorization_details: [{ type: 'payment', limit: 50 }] };
    const { kind, claims } = await importJwt(makeJwt({ ...payload, ...more }), { ...check, audience: 'b' });
    expect(kind).toBe('jwt');
    expect(claims).toEqual({
      issuer: 'https://as.example',
      agent: 'agent-7',
      scope: ['read'],
      constraints: { act: more.act, authorization_details: more.authorization_details },
    });
  });

  it('needs issuer, subject and an end', async () => {
    for (const name of ['iss', 'sub', 'exp'])
      await expect(importJwt(makeJwt({ ...payload, [name]: undefined }), check)).rejects.toMatchObject({
        code: 'jwt-missing-claim',
      });
  });
});

describe('a card from a token', () => {
  it('may narrow the scope and add constraints, and nothing else', async () => {
    const from = await importJwt(makeJwt(), check);
    const claims = { scope: ['balance:read'], constraints: { hours: 'office', intent: 'other' }, agentChecksum: 'forged' };
    const made = session({ imported: from, agent: 'agent-7', claims });
    expect(made.claims).toMatchObject({
      issuer: 'https://as.example',
      agent: 'agent-7',
      agentChecksum: 'sha256:00',
      scope: ['balance:read'],
      constraints: { hours: 'office', intent: jwtPayload.intent },
      jwtHash: hex(sha256(from.token)),
    });
    expect(made.jwt).toBe(from.token);
    expect(() => session({ imported: from, agent: 'agent-7', claims: { scope: ['transfer'] } })).toThrow('claims-exceed-jwt');
    expect(() => session({ imported: from, agent: 'Ada' })).toThrow('claims-exceed-jwt');
  });

  it('is found out by an auditor where it does not follow', async () => {
    const from = await importJwt(makeJwt(), check);
    const { claims } = session({ imported: from, agent: 'agent-7' });
    expect(claimsFollow(claims, from)).toBeNull();
    expect(claimsFollow({ ...claims, agent: 'Ada' }, from)).toBe('agent');
    expect(claimsFollow({ ...claims, audience: 'tel:+1' }, from)).toBe('audience');
    expect(claimsFollow({ ...claims, scope: [...claims.scope, 'transfer'] }, from)).toBe('scope');
    expect(claimsFollow({ ...claims, constraints: {} }, from)).toBe('constraints');
    expect(claimsFollow({ ...claims, agentChecksum: 'sha256:01' }, from)).toBe('agentChecksum');
    const other = await importJwt(makeJwt({ ...jwtPayload, jti: 'j-2' }), check);
    expect(claimsFollow(claims, other)).toBe('jwtHash');
  });
});

describe('hostile tokens', () => {
  const quiet = (token: string) =>
    importJwt(token, { atMs: T0 }).catch((error: unknown) => {
      if (!(error instanceof TokenError)) throw error;
    });

  it('give a value or a TokenError', async () => {
    const token = makeJwt();
    for (let size = 0; size < token.length; size += 3) await quiet(token.slice(0, size));
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 200 }), async (text) => {
        await quiet(text);
        await quiet(`${text}.${text}.${text}`);
      }),
    );
    await fc.assert(fc.asyncProperty(fc.jsonValue({ maxDepth: 5 }), async (json) => void (await quiet(makeJwt(json as object)))));
  });
});
