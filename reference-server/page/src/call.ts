/** One call as the main thread sees it: it starts the threads, joins them, and hands on what they tell. */
import type { ChannelReport } from '@undertone/detector';
import { openSound, type Sound } from './sound/audio.ts';
import type { AgentInfo, CheatName, FromJudge, FromLine, JudgeStart, RecordingName, ToLine, VoiceSource } from './threads.ts';

export interface CallChoices {
  readonly source: VoiceSource;
  /** Empty for the engine's own. */
  readonly role: string;
  /** Bearer token; empty for none. */
  readonly token: string;
}

export interface CallEvents {
  line(message: FromLine): void;
  judge(message: FromJudge): void;
}

function chatUrl(audience: string, { role, token }: CallChoices): string {
  const url = new URL('api/chat', location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  url.searchParams.set('metadata', '1');
  url.searchParams.set('audience', audience);
  if (role !== '') url.searchParams.set('text_prompt', role);
  if (token !== '') url.searchParams.set('worker_auth_id', token);
  return url.href;
}

export class Call {
  readonly #line: Worker;
  readonly #judge: Worker;
  readonly #sound: Sound;

  /** Begin it while a click is handled. Rejects with a SoundError. */
  static async begin(agent: AgentInfo, choices: CallChoices, events: CallEvents): Promise<Call> {
    const sound = await openSound(choices.source === 'microphone');
    return new Call(sound, agent, choices, events);
  }

  private constructor(sound: Sound, agent: AgentInfo, choices: CallChoices, events: CallEvents) {
    this.#sound = sound;
    this.#line = new Worker('line-worker.js', { type: 'module', name: 'line' });
    this.#judge = new Worker('judge-worker.js', { type: 'module', name: 'judge' });
    const fault = ({ message = '' }: ErrorEvent): void => events.line({ type: 'ended', outcome: 'page-fault', message });
    this.#line.addEventListener('error', fault);
    this.#judge.addEventListener('error', fault);
    this.#line.addEventListener('message', ({ data }: MessageEvent<FromLine>) => {
      if (data.type === 'ended') sound.close();
      events.line(data);
    });
    this.#judge.addEventListener('message', ({ data }: MessageEvent<FromJudge>) => events.judge(data));
    const between = new MessageChannel();
    const audience = `page-${crypto.randomUUID()}`;
    const { role, source } = choices;
    const start: JudgeStart = { type: 'start', agent, audience, role, line: between.port1 };
    this.#judge.postMessage(start, [between.port1]);
    const { rate, microphone, player } = sound;
    const judge = between.port2;
    const url = chatUrl(audience, choices);
    this.#post({ type: 'start', url, rate, source, microphone, player, judge }, [microphone, player, judge]);
  }

  #post(message: ToLine, transfer: Transferable[] = []): void {
    this.#line.postMessage(message, transfer);
  }

  hangUp(): void {
    this.#post({ type: 'hang-up' });
  }

  mute(muted: boolean): void {
    this.#post({ type: 'mute', muted });
  }

  /** The sample voice speaks its next phrase at once. */
  speak(): void {
    this.#post({ type: 'speak' });
  }

  cheat(cheat: CheatName | null): void {
    this.#post({ type: 'cheat', cheat });
  }

  /** The answer comes as a message of the line. */
  askForRecording(which: RecordingName): void {
    this.#post({ type: 'recording', which });
  }

  /** Asks for a report to read; it comes as a message of the line. */
  draw(report: ChannelReport, facts: readonly string[]): void {
    this.#post({ type: 'draw', report, facts });
  }

  /** Forgets the call and its recordings. */
  discard(): void {
    this.#sound.close();
    this.#line.terminate();
    this.#judge.terminate();
  }
}
