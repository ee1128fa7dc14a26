/** The browser's side of sound: context, permission, and the two ends of the line. */

/** Why there is no sound; the codes stand in the page's texts. */
export class SoundError extends Error {
  readonly code: 'insecure-page' | 'microphone-denied' | 'microphone-missing' | 'microphone-busy' | 'sound-unsupported';
  constructor(code: SoundError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** Ports for the line; `close` gives microphone and loudspeaker back. */
export interface Sound {
  readonly rate: number;
  readonly microphone: MessagePort;
  readonly player: MessagePort;
  close(): void;
}

async function askForMicrophone(): Promise<MediaStream> {
  try {
    return await navigator.mediaDevices.getUserMedia({
      audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
    });
  } catch (error) {
    const { name, message } = error as DOMException;
    const code =
      name === 'NotAllowedError' || name === 'SecurityError'
        ? 'microphone-denied'
        : name === 'NotFoundError'
          ? 'microphone-missing'
          : 'microphone-busy';
    throw new SoundError(code, message);
  }
}

/** Opens sound; call it while a click is handled. Rejects with a {@link SoundError}. */
export async function openSound(withMicrophone: boolean): Promise<Sound> {
  if (!isSecureContext) throw new SoundError('insecure-page', 'sound needs https or localhost');
  if (typeof AudioWorkletNode === 'undefined') throw new SoundError('sound-unsupported', 'no AudioWorklet');
  // The context is made before anything is waited for: browsers let it sound only then.
  const context = new AudioContext({ latencyHint: 'interactive' });
  let stream: MediaStream | null = null;
  try {
    await context.resume();
    await context.audioWorklet.addModule('worklets.js');
    if (withMicrophone) stream = await askForMicrophone();
  } catch (error) {
    void context.close();
    if (error instanceof SoundError) throw error;
    throw new SoundError('sound-unsupported', (error as Error).message);
  }
  const node = (name: string): [AudioWorkletNode, MessagePort] => {
    const worklet = new AudioWorkletNode(context, name, { outputChannelCount: [1] });
    const { port1, port2 } = new MessageChannel();
    worklet.port.postMessage(port1, [port1]);
    // A node that leads nowhere is not asked to work.
    worklet.connect(context.destination);
    return [worklet, port2];
  };
  const [microphoneNode, microphone] = node('microphone');
  const [, player] = node('player');
  if (stream) context.createMediaStreamSource(stream).connect(microphoneNode);
  return {
    rate: context.sampleRate,
    microphone,
    player,
    close() {
      for (const track of stream?.getTracks() ?? []) track.stop();
      void context.close();
    },
  };
}
