// One server of a fleet without an engine: its identity side, and a voice from a file. Arguments: the database's address, files of the
// issuer's and the log's private keys. Told to speak, it tells the marked sound and speaks it: records as slots end.
import { readFileSync } from 'node:fs';
import { decodeAudio } from '@undertone/audio';
import { createEncoder } from '@undertone/encoder';
import { hex, SLOT_MS } from '@undertone/token';
import { openFileKeystore, operatorNowMs, startOperator } from '../../dist/index.js';

const RATE = 16000;
const SECONDS = 16;
const RECORD_AFTER_MS = 400;
/** Marked beforehand, so that a busy machine only has to listen in real time. */
const LEAD_MS = 6000;

const [url, issuer, log] = process.argv.slice(2);
const operator = await startOperator({
  keystore: await openFileKeystore([issuer], log),
  database: { url },
  host: '127.0.0.1',
  port: 0,
  logOrigin: 'fleet.example/undertone',
});
process.send({ channel: operator.url });

process.on('message', async () => {
  const file = readFileSync(new URL('../../../test/fixtures/it-m.flac', import.meta.url));
  const words = (await decodeAudio(file)).channels[0].subarray(0, SECONDS * RATE);
  const t0Ms = Math.floor(operatorNowMs()) + LEAD_MS;
  const persona = { voice: 'it-m', role: '' };
  const speaking = await operator.start({ agent: 'concierge', scope: [], persona, t0Ms, durationSeconds: 60 });
  const { session } = speaking;
  const records = [];
  const encoder = createEncoder({ session, sampleRate: RATE, onRecord: (record) => records.push(record) });
  const samples = encoder.process(words);
  process.send({ card: hex(session.card.bytes), samples: Buffer.from(samples.buffer).toString('base64') });
  for (const record of records)
    setTimeout(() => speaking.publish(record), t0Ms + record.slot * SLOT_MS + RECORD_AFTER_MS - operatorNowMs());
});
process.on('disconnect', () => operator.close().then(() => process.exit(0)));
