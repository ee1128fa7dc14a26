/** The Moshi protocol's messages and query, byte for byte. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCallerMetadata } from '../src/call/caller-metadata.ts';
import { type ChatMessage, decodeMessage, encodeHandshake, encodeMessage } from '../src/chat/protocol.ts';
import { parseQuery } from '../src/chat/query.ts';

const codeOf = (task: () => unknown): string | undefined => {
  try {
    task();
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
};

describe('messages', () => {
  const known: [string, ChatMessage][] = [
    ['010203', { type: 'audio', data: Uint8Array.of(2, 3) }],
    ['022068c3a9', { type: 'text', text: ' hé' }],
    ['0300', { type: 'control', action: 'start' }],
    ['0301', { type: 'control', action: 'endTurn' }],
    ['0302', { type: 'control', action: 'pause' }],
    ['0303', { type: 'control', action: 'restart' }],
    ['047b2261223a317d', { type: 'metadata', data: { a: 1 } }],
    ['056e6f', { type: 'error', message: 'no' }],
    ['06', { type: 'ping' }],
  ];
  it.each(known)('%s', (bytes, message) => {
    expect(Buffer.from(encodeMessage(message)).toString('hex')).toBe(bytes);
    const read = decodeMessage(Buffer.from(bytes, 'hex'))!;
    expect({ ...read, ...('data' in read && read.type === 'audio' ? { data: Uint8Array.from(read.data) } : {}) }).toEqual(
      message,
    );
  });

  it('has both handshakes', () => {
    expect([...encodeHandshake('python')]).toEqual([0]);
    expect([...encodeHandshake('rust')]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0]);
    for (const form of ['python', 'rust'] as const) expect(decodeMessage(encodeHandshake(form))).toEqual({ type: 'handshake' });
  });

  it('discards types it does not know, refuses what is malformed, and nothing else happens', () => {
    expect(decodeMessage(Uint8Array.of(7, 1))).toBeNull();
    for (const bytes of [[], [2, 0xff], [3], [3, 4], [3, 0, 0], [4, 0x7b]])
      expect(codeOf(() => decodeMessage(Uint8Array.from(bytes)))).toBe('chat-malformed');
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect([undefined, 'chat-malformed']).toContain(codeOf(() => decodeMessage(bytes)));
      }),
      { numRuns: 3000 },
    );
  });
});

describe('query', () => {
  it('may be missing', () => {
    const { persona, sampling, audience, metadata } = parseQuery(new URLSearchParams());
    expect({ persona, sampling, audience, metadata }).toEqual({
      persona: { voice: '', role: '' },
      sampling: {},
      audience: null,
      metadata: false,
    });
  });

  it('is that of the PersonaPlex web client', () => {
    const query =
      'text_temperature=0.7&text_topk=25&audio_temperature=0.8&audio_topk=250&pad_mult=0&text_seed=7&audio_seed=8' +
      '&repetition_penalty_context=64&repetition_penalty=1&text_prompt=You+are+Ana.&voice_prompt=NATF0.pt&worker_auth_id=x&email=a%40b';
    expect(parseQuery(new URLSearchParams(query))).toMatchObject({
      persona: { voice: 'NATF0.pt', role: 'You are Ana.' },
      sampling: {
        textTemperature: 0.7,
        textTopK: 25,
        audioTemperature: 0.8,
        audioTopK: 250,
        padMultiplier: 0,
        textSeed: 7,
        audioSeed: 8,
      },
    });
  });

  it('takes one seed for both, and -1 or nothing for any', () => {
    expect(parseQuery(new URLSearchParams('seed=5')).sampling).toEqual({ textSeed: 5, audioSeed: 5 });
    expect(parseQuery(new URLSearchParams('seed=-1&text_topk=')).sampling).toEqual({});
  });

  it.each([
    'voice_prompt=../../etc/passwd',
    'text_topk=0',
    'text_topk=x',
    'seed=1.5',
    'audio_temperature=Infinity',
    `text_prompt=${'a'.repeat(5000)}`,
  ])('refuses %s', (query) => expect(codeOf(() => parseQuery(new URLSearchParams(query)))).toBe('chat-bad-parameter'));
});

describe("a caller's metadata", () => {
  const card = 'ab'.repeat(162);

  it('may be a persona, a session, or both', () => {
    expect(parseCallerMetadata({ persona: { role: 'You are Ana.' } })).toEqual({
      persona: { role: 'You are Ana.' },
      session: null,
    });
    const { session } = parseCallerMetadata({ session: { card, claims: { agent: 'a' } } });
    expect(session).toEqual({ card: new Uint8Array(162).fill(0xab), claims: { agent: 'a' } });
  });

  it.each([
    [{}],
    [{ persona: { voice: '../x' } }],
    [{ persona: { role: 'a'.repeat(5000) } }],
    [{ session: { card: card.slice(2), claims: {} } }],
    [{ session: { card: 'zz'.repeat(162), claims: {} } }],
    ['text'],
    [null],
  ])('is refused when it is %j', (data) => expect(codeOf(() => parseCallerMetadata(data))).toBe('chat-malformed'));
});
