/** A call with the demonstration engine, over a real socket. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { level, sleep, speech, Talker, type TestServer, testServer, until } from './support.ts';

let server: TestServer;
let voice: Float32Array;
beforeAll(async () => {
  server = await testServer({ reinjectMinutes: 0 });
  voice = await speech('ru-f');
});
afterAll(() => server.close());

/** A caller who says a word of 0.4 s when told to, and is silent otherwise. */
function word(): { voice: (frame: number) => Float32Array | null; say: () => void } {
  let said: number | null = null;
  return {
    voice: () => (said !== null && said < 5 ? voice.subarray((said++ + 6) * 1920, (said + 6) * 1920) : null),
    say: () => {
      said = 0;
    },
  };
}
const metric = async (name: string): Promise<number> => {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  return Number(new RegExp(`^${name.replace(/[{}"]/g, '\\$&')} (\\S+)`, 'm').exec(text)?.[1]);
};

describe('a call', () => {
  it('greets in the role and voice asked for, text and sound together, every frame marked', async () => {
    const role = encodeURIComponent('You are Ana, the receptionist of a dental practice.');
    const talker = await Talker.call(server.chatUrl(`metadata=1&text_prompt=${role}&voice_prompt=NATM0.pt`));
    expect(await until(() => /help you\?/.test(talker.text), 60_000)).toBe(true);
    expect(talker.text).toMatch(/^ Hello, this is Ana\. I am the receptionist of a dental practice\./);
    await sleep(800);
    talker.hangUp();
    const sound = new Float32Array(talker.frames.length * 1920);
    talker.frames.forEach((f, i) => sound.set(f, i * 1920));
    expect(level(sound)).toBeGreaterThan(0.02);
    const [session] = talker.metadata.filter((m) => m.type === 'session');
    expect(session.claims).toMatchObject({ agent: 'robin', issuer: 'Test issuer' });
    await sleep(200);
    expect(await metric('undertone_frames_total{mark="unmarked"}')).toBe(0);
    expect(await metric('undertone_frames_total{mark="carried"}')).toBeGreaterThan(15);
  });

  it('gives way when the caller speaks into its speech, and takes it up again after a short word', async () => {
    const caller = word();
    const talker = await Talker.call(server.chatUrl('metadata=1&text_seed=1'), caller.voice);
    expect(await until(() => talker.text.includes('Hello'))).toBe(true);
    caller.say();
    expect(await until(() => talker.metadata.some((m) => m.type === 'barge-in'))).toBe(true);
    const before = talker.text;
    expect(before).not.toMatch(/help you\?/);
    await sleep(150);
    const at = talker.frames.length;
    expect(await until(() => talker.frames.length > at + 2)).toBe(true);
    for (const frame of talker.frames.slice(at, at + 2)) expect(level(frame)).toBeLessThan(0.01);
    expect(await until(() => talker.text.length > before.length + 10)).toBe(true);
    talker.hangUp();
  });

  it('changes voice and role in the middle, and says so', async () => {
    const talker = await Talker.call(server.chatUrl('metadata=1'));
    await until(() => talker.text.includes('Hello'));
    talker.client.sendMetadata({ persona: { voice: 'rms', role: 'You are Max, a librarian.' } });
    expect(await until(() => talker.text.includes('this is Max. I am a librarian.'))).toBe(true);
    expect(talker.metadata.find((m) => m.type === 'persona-changed')).toMatchObject({ persona: { voice: 'rms' } });
    talker.client.sendMetadata({ persona: { voice: 'nobody' } });
    expect(await until(() => talker.metadata.some((m) => m.type === 'refused'))).toBe(true);
    expect(talker.metadata.find((m) => m.type === 'refused')).toMatchObject({ code: 'engine-unknown-voice' });
    // A wish that cannot be met is no reason to hang up.
    const at = talker.frames.length;
    expect(await until(() => talker.frames.length > at + 5)).toBe(true);
    expect(talker.ended).toBe(null);
    talker.hangUp();
  });
});
