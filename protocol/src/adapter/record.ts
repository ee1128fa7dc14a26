/** Operations on records, AUTH bodies, symbols and checkpoints (pages 03 and 05). */
import {
  authTag,
  CARD_SYMBOLS,
  type Card,
  checkpointFollows,
  checkpointFromSymbols,
  checkpointSymbols,
  concat,
  constantTimeEqual,
  type DigestVerdict,
  decodeFrame,
  encodeFrame,
  type Frame,
  type FrameType,
  hex,
  type Lane,
  parseCard,
  parseCheckpoint,
  parseRecord,
  rsDecodeChecked,
  rsEncode,
  TagTally,
  TokenError,
  verifyAuth,
  verifyCheckpoint,
  verifyRecord,
  verifyRecordChain,
} from '@undertone/token';
import { bytes, list, number, type Operation, objects, ok, optionalText, refused, symbols, text } from './input.ts';

const lane = (input: Parameters<Operation>[0]): Lane => (text(input, 'lane') === 'open' ? 'open' : 'sealed');
const byteList = (input: Parameters<Operation>[0], name: string): Uint8Array[] =>
  list(input, name).map((_, i) => bytes(list(input, name) as never, String(i)));

/** What a judge makes of decoded symbols; malformed bytes are no answer. */
function tryParse<T>(parse: () => T | null): T | null {
  try {
    return parse();
  } catch (error) {
    if (error instanceof TokenError) return null;
    throw error;
  }
}

export const recordOperations: { readonly [name: string]: Operation } = {
  'frame.encode': (input) => {
    const frame: Frame = { type: number(input, 'type') as FrameType, ctr: number(input, 'ctr'), body: bytes(input, 'body') };
    return ok({ frame: hex(encodeFrame(frame, lane(input), bytes(input, 'locator'))) });
  },
  'frame.decode': (input) => {
    const locator = input.locator === null ? null : bytes(input, 'locator');
    const frame = decodeFrame(bytes(input, 'frame'), lane(input), locator);
    return frame === null ? refused('frame-ignored') : ok({ type: frame.type, ctr: frame.ctr, body: hex(frame.body) });
  },
  'auth.make': (input) => {
    const state = text(input, 'state') as Parameters<typeof authTag>[3];
    return ok({
      tag: authTag(bytes(input, 'key'), bytes(input, 'cardHash'), number(input, 'epoch'), state, number(input, 'digest')),
    });
  },
  'auth.verify': (input) => {
    const auth = verifyAuth(bytes(input, 'body'), bytes(input, 'key'), bytes(input, 'cardHash'), number(input, 'epoch'));
    return auth === null ? refused('tag-mismatch') : ok({ state: auth.state, digest: auth.digest });
  },
  'auth.count': (input) => {
    const tally = new TagTally();
    for (const tag of objects(input, 'tags')) {
      const words = (optionalText(tag, 'words') ?? 'match') as DigestVerdict;
      tally.add({ epoch: number(tag, 'epoch'), holds: tag.holds === true, candidates: number(tag, 'candidates'), words });
      if (tally.failed) return refused('tags-failed');
    }
    return tally.enough ? ok({ bits: tally.bits }) : refused('tags-too-few');
  },
  'record.verify': (input) => {
    const record = parseRecord(bytes(input, 'record'));
    const verdict = verifyRecord(record, parseCard(bytes(input, 'card')));
    if (!verdict.ok) return refused(verdict.code);
    return ok({
      slot: record.slot,
      sentMap: record.sentMap,
      sealedBits: hex(record.sealedBits),
      digest: hex(record.digest),
      state: record.state,
      hash: hex(record.hash),
    });
  },
  'record.chain': (input) => {
    const records = byteList(input, 'records').map((record) => parseRecord(record));
    const chain = verifyRecordChain(records, parseCard(bytes(input, 'card')));
    return ok({ kept: [...chain.records.keys()], gaps: chain.gaps, rejected: chain.rejected });
  },
  'symbols.encode': (input) => ok({ symbol: hex(rsEncode(byteList(input, 'data'), number(input, 'index'))) }),
  'symbols.card': (input) => {
    const locator = bytes(input, 'locator');
    const card = rsDecodeChecked<Card>(symbols(input, 'received'), CARD_SYMBOLS, (data) =>
      tryParse(() => {
        const read = parseCard(concat(...data));
        return constantTimeEqual(read.locator, locator) ? read : null;
      }),
    );
    return card === null ? refused('symbols-undecodable') : ok({ card: hex(card.bytes) });
  },
  'checkpoint.verify': (input) => {
    const checkpoint = parseCheckpoint(bytes(input, 'checkpoint'));
    const previous = input.previous === null ? null : parseCheckpoint(bytes(input, 'previous'));
    const verdict = verifyCheckpoint(checkpoint, parseCard(bytes(input, 'card')));
    if (!verdict.ok) return refused(verdict.code);
    if (!checkpointFollows(checkpoint, previous)) return refused('checkpoint-chain-broken');
    return ok({
      windowStart: checkpoint.windowStart,
      presenceMap: checkpoint.presenceMap,
      bodies: checkpoint.bodies.map(hex),
      hash: hex(checkpoint.hash),
      symbols: checkpointSymbols(checkpoint).map(hex),
    });
  },
  'symbols.checkpoint': (input) => {
    const card = parseCard(bytes(input, 'card'));
    const checkpoint = rsDecodeChecked(symbols(input, 'received'), number(input, 'k'), (data) => {
      const read = checkpointFromSymbols(data);
      return read !== null && verifyCheckpoint(read, card).ok ? read : null;
    });
    return checkpoint === null ? refused('symbols-undecodable') : ok({ checkpoint: hex(checkpoint.bytes) });
  },
};
