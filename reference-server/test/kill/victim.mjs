// A server that is going to be killed. Argument: the folder of its database, or the address of a Postgres. Its sessions began at different times in the past, so
// that keys fall due all the time, and it tells its parent what it was told to be durable.
import { generateIssuerKey, hex, SLOT_MS } from '@undertone/token';
import { keySigner, operatorNowMs, startOperator } from '../../dist/index.js';

const SESSIONS = 24;
const RECORD_AFTER_MS = 100;

const operator = await startOperator({
  keystore: { issuer: [{ signer: keySigner(generateIssuerKey('Victim')) }], log: keySigner(generateIssuerKey('log')) },
  database: process.argv[2].startsWith('postgres:') ? { url: process.argv[2] } : { folder: process.argv[2] },
  host: '127.0.0.1',
  port: 0,
});
const tell = (message) => process.connected && process.send(message, () => {});
// Two processes compare their times through the clock that they share.
tell({ url: operator.url, clock: { sharedMs: Number(process.hrtime.bigint()) / 1e6, operatorMs: operatorNowMs() } });

for (let i = 0; i < SESSIONS; i++) {
  const t0Ms = Math.floor(operatorNowMs() - 4000 + (i * SLOT_MS) / SESSIONS);
  const speaking = await operator.start({
    agent: 'victim',
    scope: [],
    persona: { voice: '', role: '' },
    t0Ms,
    durationSeconds: 60,
  });
  const { session } = speaking;
  const card = hex(session.cardHash);
  tell({ session: { card, t0Ms, delaySeconds: session.card.delaySeconds } });
  const next = (slot) =>
    setTimeout(
      () => {
        const record = session.createRecord({
          slot,
          sentMap: 0,
          sealedBits: new Uint8Array(8),
          digest: new Uint8Array(64),
          state: 'void',
        });
        speaking.publish(record).then(
          () => tell({ durable: { card, slot } }),
          (error) => tell({ failed: error.code }),
        );
        // On a busy machine a victim may outlive its sessions.
        if (slot < session.slots) next(slot + 1);
      },
      t0Ms + slot * SLOT_MS + RECORD_AFTER_MS - operatorNowMs(),
    );
  next(1);
}
tell({ speaking: true });
