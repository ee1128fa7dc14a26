/** Names of voices: Flite's own, and those of PersonaPlex, which its web client always sends. */
import { ServerError } from '../../errors.ts';
import { VOICES, type VoiceName } from '../../voice/index.ts';

const isVoice = (name: string): name is VoiceName => (VOICES as readonly string[]).includes(name);

/** Finds a voice; the first for an empty name. Throws ServerError `engine-unknown-voice`. */
export function demoVoice(name: string): VoiceName {
  if (name === '') return VOICES[0];
  if (isVoice(name)) return name;
  const personaplex = /^(?:NAT|VAR)([FM])(\d)(?:\.pt)?$/.exec(name);
  if (!personaplex)
    throw new ServerError('engine-unknown-voice', `there is no voice of that name; there are ${VOICES.join(', ')}`);
  if (personaplex[1] === 'F') return 'slt';
  return Number(personaplex[2]) % 2 === 0 ? 'rms' : 'awb';
}
