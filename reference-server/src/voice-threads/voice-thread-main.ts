/** A voice thread: it decodes what callers say, and marks and encodes what the agent says, of many calls. */
import { hex, openSession } from '@undertone/token';
import { MarkedOut } from '../media/marked-out.ts';
import { OpusIn } from '../media/opus-in.ts';
import { type LineEnd, serveLines } from '../threads/serve-lines.ts';
import type { Post } from '../threads/talk.ts';
import type { EarTalk, MouthTalk, VoiceThreadTalk } from './link.ts';
import { rehearse } from './rehearsal.ts';

async function openEar(post: Post<EarTalk['result']>): Promise<LineEnd<EarTalk>> {
  const opus = await OpusIn.open();
  return {
    take({ ogg }) {
      const bad = opus.badPackets;
      const frames = opus.push(ogg);
      const buffers = frames.map(({ buffer }) => buffer);
      if (frames.length > 0 || opus.badPackets > bad) post({ frames, badPackets: opus.badPackets - bad }, buffers);
    },
    answers: {},
    end: () => opus.close(),
  };
}

async function openMouth(
  { session, voice, echo }: MouthTalk['setup'],
  post: Post<MouthTalk['result']>,
): Promise<LineEnd<MouthTalk>> {
  const out = await MarkedOut.open({
    ...voice,
    session: openSession(session),
    onRecord: (record) => post({ record }),
    onSessionEnd: ({ cardHash }, checkpoints) => post({ ended: cardHash, checkpoints }),
    onNotice: ({ code }) => post({ notice: code }),
  });
  let speaking = out.session;
  return {
    take(work) {
      if ('interrupt' in work) {
        out.interrupt();
        return;
      }
      const begunMs = performance.now();
      const { data, samples } = out.push(work.samples);
      const said = { data, samples: echo ? samples : null, ms: performance.now() - begunMs, marked: out.frames };
      post(said, echo ? [data.buffer, samples.buffer] : [data.buffer]);
      if (out.session === speaking) return;
      speaking = out.session;
      post({ speaks: speaking.cardHash });
    },
    answers: {
      renew: (next) => out.renew(openSession(next.session), next.lastSlot),
      challenge: ({ cardHash, nonce }) => (hex(out.session.cardHash) === hex(cardHash) ? out.challenge(nonce) : null),
      close() {
        out.close();
        return out.frames;
      },
    },
    end() {},
  };
}

// Calls that are opened meanwhile begin when it is over.
await rehearse();
serveLines<VoiceThreadTalk>(
  (setup, post) => ('ear' in setup ? openEar(post) : openMouth(setup, post)) as Promise<LineEnd<VoiceThreadTalk>>,
);
