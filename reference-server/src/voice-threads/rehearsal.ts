/** What runs for the first time has yet to be compiled and takes ten times as long: no call is to wait for that, or to be made to. */
import { createSession, generateIssuerKey } from '@undertone/token';
import { MarkedOut, type VoiceOptions } from '../media/marked-out.ts';
import { OpusIn } from '../media/opus-in.ts';
import { PACKET_MS, PACKET_SAMPLES } from '../media/opus-out.ts';

/** Longer than a slot, so that one is signed. */
const REHEARSAL_MS = 3500;
const VOICE: VoiceOptions = { bitrate: 32000, complexity: 5, lookahead: '20ms' };

/** Speaks to itself for a while, under a session of its own that nobody knows. */
export async function rehearse(): Promise<void> {
  const ignore = (): void => {};
  const session = createSession({ issuer: generateIssuerKey('rehearsal'), agent: 'rehearsal', t0Ms: 0, durationSeconds: 60 });
  const out = await MarkedOut.open({ ...VOICE, session, onRecord: ignore, onSessionEnd: ignore, onNotice: ignore });
  const ear = await OpusIn.open();
  for (let ms = 0; ms < REHEARSAL_MS; ms += PACKET_MS)
    ear.push(out.push(Float32Array.from({ length: PACKET_SAMPLES }, () => Math.random() - 0.5)).data);
  out.close();
  ear.close();
}
