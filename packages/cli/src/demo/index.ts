/** `undertone demo`: the whole story on one machine. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeWav } from '@undertone/audio';
import { type ChannelReport, type DetectorEvent, detect } from '@undertone/detector';
import { type ReportSection, renderReport } from '@undertone/detector/html';
import { generateIssuerKey, parseTrust, publicJwk, serializeSessionRecord } from '@undertone/token';
import { writeBytes } from '../io.ts';
import { version } from '../version.ts';
import { CHANNELS, telephone } from './channels.ts';
import { type Caught, tryCheats } from './cheats.ts';
import { listenLive, speak } from './live-call.ts';
import { agentVoice, bookingDeskVoice, callerVoice, RATE } from './speech.ts';

/** Options of the command. */
export interface DemoOptions {
  readonly out: string;
  readonly json: boolean;
}

const colour = (code: number, text: string): string =>
  process.stdout.isTTY && !process.env.NO_COLOR ? `\x1b[${code}m${text}\x1b[0m` : text;
const STATE_COLOUR: Record<string, number> = { live: 32, attested: 32, claimed: 33, stale: 33, conflict: 31, revoked: 35 };
const state = (s: string): string => colour(STATE_COLOUR[s] ?? 90, s);
const plainState = (s: string): string => s;

/** What the story tells; how the proof grows slot by slot would drown it. */
type StoryEvent = Exclude<DetectorEvent, { type: 'proof' }>;

/** An event as a line of the story. */
function line(event: StoryEvent, state: (name: string) => string): string {
  switch (event.type) {
    case 'mark':
      return 'a mark is there';
    case 'claimed':
      return `${state('claimed')}: session ${event.sessionId} (by chance: ${event.falseAlarmProbability.toExponential(0)})`;
    case 'resolved':
      return `the card holds: issuer ${event.issuer}, agent ${event.agent ?? 'unknown'}`;
    case 'checkpoint':
      return `a checkpoint in the sound signs ${event.epochs} epochs`;
    case 'state':
      return `${event.previous} → ${state(event.state)}${event.state === 'live' ? `: ${event.agent} of ${event.issuer} is speaking` : ''}`;
    case 'renewed':
      return `session ${event.sessionId} goes on as ${event.nextSessionId} (${event.reason})`;
    case 'persona':
      return `persona ${event.kind} in slot ${event.slot}`;
    case 'tag':
      return `tag of epoch ${event.epoch} ${event.holds ? 'holds' : 'does not hold'}, words: ${event.words}`;
    case 'challenge':
      return `nonce ${event.number}: ${event.state}`;
    case 'two-way':
      return `the agent hears this side (${event.bits.toFixed(0)} bits)`;
    case 'finding':
      return `finding: ${event.finding.code}`;
  }
}

interface ChannelResult {
  readonly id: string;
  readonly name: string;
  readonly live: ChannelReport;
  readonly recording: ChannelReport;
  readonly ok: boolean;
}

/** Runs the story. @returns the exit code: 0 when every channel was verified and every cheat caught */
export async function demo({ out, json }: DemoOptions): Promise<number> {
  const say = (text: string): void => {
    if (!json) console.log(text);
  };
  await mkdir(out, { recursive: true });
  const save = (name: string, samples: Float32Array, rate: number): Promise<void> =>
    writeBytes(join(out, name), encodeWav([samples], rate));
  const issuer = generateIssuerKey('Acme Travel');
  const trust = parseTrust(publicJwk(issuer));
  const [voice, caller] = [await agentVoice(), await callerVoice()];
  const t0Ms = Date.now();

  say(`${colour(1, 'Undertone')} ${version}: who speaks, proven by the voice itself\n`);
  say('An agent speaks for 30 s. It is marked 80 ms at a time while it speaks; at 20 s the caller interrupts it for 2 s.');
  const call = await speak(voice, issuer, 'concierge', t0Ms, { atSeconds: 20, pauseSeconds: 2 });
  const other = await speak(await bookingDeskVoice(), issuer, 'booking-desk', t0Ms + 3_600_000);
  await save('synthetic-plain.wav', other.plain, RATE);
  await save('synthetic-marked.wav', other.marked, RATE);
  await save('plain.wav', call.plain, RATE);
  await save('marked.wav', call.marked, RATE);
  await writeBytes(join(out, 'marked.wav.session.json'), `${JSON.stringify(serializeSessionRecord(call.sessionRecord))}\n`);
  await writeBytes(join(out, 'issuer.pub.json'), `${JSON.stringify(publicJwk(issuer), null, 2)}\n`);

  const sections: ReportSection[] = [];
  const results: ChannelResult[] = [];
  for (const channel of CHANNELS) {
    say(`\n${colour(1, channel.name)}`);
    const heard = await channel.through(call.marked);
    await save(`${channel.id}-marked.wav`, heard, channel.rate);
    await save(`${channel.id}-plain.wav`, await channel.through(call.plain), channel.rate);
    const told: string[] = [];
    const live = await listenLive(call, heard, {
      rate: channel.rate,
      trust,
      onEvent: (event) => {
        if (event.type === 'proof') return;
        told.push(`${event.seconds.toFixed(1)} s: ${line(event, plainState)}`);
        say(`  ${event.seconds.toFixed(1).padStart(5)} s  ${line(event, state)}`);
      },
    });
    const recording = detect(heard, { sampleRate: channel.rate, trust, records: [call.sessionRecord] });
    const [span] = recording.spans;
    const ok = live.spans.some((s) => s.state === 'live') && recording.state === 'attested';
    say(
      `  later  the recording: ${state(recording.state)}${span ? `, content ${span.content}, ${span.startSeconds.toFixed(1)}–${span.endSeconds.toFixed(1)} s` : ''}`,
    );
    results.push({ id: channel.id, name: channel.name, live, recording, ok });
    const audio = [
      { label: 'plain', file: `${channel.id}-plain.wav` },
      { label: 'marked', file: `${channel.id}-marked.wav` },
    ];
    sections.push({
      title: channel.name,
      note: 'As the far end heard it, live.',
      samples: heard,
      sampleRate: channel.rate,
      report: live,
      audio,
      facts: told,
      verdict: { text: ok ? 'live' : live.state, good: ok },
    });
  }

  say(`\n${colour(1, 'A second agent, with a synthetic voice, over the telephone')}`);
  const desk = telephone(other.marked);
  const tell = (e: DetectorEvent): void => {
    if (e.type !== 'proof') say(`  ${e.seconds.toFixed(1).padStart(5)} s  ${line(e, state)}`);
  };
  const deskLive = await listenLive(other, desk, { rate: 8000, trust, onEvent: tell });
  const deskRecording = detect(desk, { sampleRate: 8000, trust, records: [other.sessionRecord] });
  const deskOk = deskLive.spans.some((s) => s.state === 'live') && deskRecording.state === 'attested';
  results.push({ id: 'synthetic', name: 'a second agent, µ-law', live: deskLive, recording: deskRecording, ok: deskOk });
  sections.push({
    title: 'A second agent over the telephone',
    note: 'As the far end heard it, live.',
    samples: desk,
    sampleRate: 8000,
    report: deskLive,
    audio: [
      { label: 'plain', file: 'synthetic-plain.wav' },
      { label: 'marked', file: 'synthetic-marked.wav' },
    ],
    verdict: { text: deskOk ? 'live' : deskLive.state, good: deskOk },
  });

  say(`\n${colour(1, 'Cheats')}`);
  const cheats = await tryCheats({ call, other, voice: caller, trust }, (c: Caught) => {
    say(`  ${c.caught ? colour(32, 'caught') : colour(31, 'NOT CAUGHT')}  ${c.name}: ${c.found.join(', ') || 'nothing found'}`);
  });
  for (const c of cheats) {
    await save(`cheat-${c.id}.wav`, c.heard, 8000);
    const verdict = { text: c.caught ? `caught: ${c.found.join(', ')}` : 'not caught', good: c.caught };
    sections.push({
      title: `Cheat: ${c.name}`,
      note: c.how,
      samples: c.heard,
      sampleRate: 8000,
      report: c.report,
      audio: [{ label: 'listen', file: `cheat-${c.id}.wav` }],
      verdict,
    });
  }

  const summary = {
    tool: `undertone ${version}`,
    channels: results,
    cheats: cheats.map(({ heard: _samples, ...c }) => c),
    absenceProvesNothing: true,
  };
  const text = `${JSON.stringify(summary, null, 2)}\n`;
  await writeBytes(join(out, 'report.json'), text);
  const intro = 'Two agents, five channels, seven cheats. The timeline shows what a verifier at the far end knew, and when.';
  await writeBytes(join(out, 'report.html'), renderReport('Undertone demonstration', intro, sections));
  const good = results.filter((r) => r.ok).length;
  const caught = cheats.filter((c) => c.caught).length;
  if (json) process.stdout.write(text);
  say(
    `\n${good} of ${results.length} calls verified, ${caught} of ${cheats.length} cheats caught. Absence of a mark proves nothing.`,
  );
  say(`Listen and look: ${join(out, 'report.html')}`);
  return good === results.length && caught === cheats.length ? 0 : 3;
}
