/** Live Ogg streams: what our writer writes, and what other writers get wrong. */
import { OggStreamReader, OggStreamWriter } from '@undertone/audio/ogg';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const writer = (): OggStreamWriter => new OggStreamWriter({ serial: 42, preSkip: 3840, inputRate: 48000, vendor: 'KyutaiMoshi' });
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const packet = fc.uint8Array({ minLength: 1, maxLength: 1200 }).filter((p) => p[0] !== 0x4f);

/** A page as the client with malformed pages writes it: one lacing value, `min(length, 255)`, before any packet. */
function malformed(packet: Uint8Array): Uint8Array {
  const short = writer().packet(packet.subarray(0, 1), 1920);
  const page = new Uint8Array(28 + packet.length);
  page.set(short.subarray(0, 27));
  page[27] = Math.min(packet.length, 255);
  page.set(packet, 28);
  return page;
}

describe('Ogg streams', () => {
  it('begin with the very bytes of the upstream writer', () => {
    expect(hex(Buffer.concat(writer().headers()))).toBe(
      '4f676753000200000000000000002a00000000000000aefef3f101134f707573486561640101000f80bb0000000000' +
        '4f676753000000000000000000002a000000010000004b3c0171011b4f707573546167730b0000004b79757461694d6f73686900000000',
    );
  });

  it('give back every packet, however the bytes are cut into messages', () => {
    fc.assert(
      fc.property(
        fc.array(packet, { minLength: 1, maxLength: 12 }),
        fc.array(fc.nat(4000), { maxLength: 8 }),
        (packets, cuts) => {
          const w = writer();
          const bytes = Buffer.concat([...w.headers(), ...packets.map((p) => w.packet(p, 1920))]);
          const reader = new OggStreamReader();
          const read: Uint8Array[] = [];
          const edges = [0, ...cuts.map((c) => c % bytes.length).sort((a, b) => a - b), bytes.length];
          for (let i = 1; i < edges.length; i++) read.push(...reader.push(bytes.subarray(edges[i - 1], edges[i])));
          expect(read.map(hex)).toEqual(packets.map(hex));
        },
      ),
    );
  });

  it('are read from the client whose lacing values are wrong, where the message tells the end of a packet', () => {
    fc.assert(
      fc.property(fc.array(packet, { minLength: 1, maxLength: 12 }), (packets) => {
        const reader = new OggStreamReader();
        reader.push(Buffer.concat(writer().headers()));
        expect(packets.flatMap((p) => reader.push(malformed(p))).map(hex)).toEqual(packets.map(hex));
      }),
    );
  });

  it('answer other bytes with one error, never with a crash', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 6 }), fc.boolean(), (messages, begun) => {
        const reader = new OggStreamReader();
        if (begun) reader.push(Buffer.concat(writer().headers()));
        try {
          for (const m of messages) reader.push(m);
        } catch (error) {
          expect((error as { code?: string }).code).toBe('audio-undecodable');
        }
      }),
    );
  });
});
