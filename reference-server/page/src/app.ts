/** The page: one call at a time. */
import { Call, type CallChoices } from './call.ts';
import { Downloads, FILES, factsOf, reportOf, save } from './downloads.ts';
import { CallEvidence } from './evidence.ts';
import { SoundError } from './sound/audio.ts';
import type { AgentInfo, FromJudge, FromLine, VoiceSource } from './threads.ts';
import { CheatPanel } from './view/cheat-panel.ts';
import { byId, setText } from './view/dom.ts';
import { showAuthority, showEvidence, showSaying, showState } from './view/identity.ts';
import { Transcript } from './view/transcript.ts';
import { Waveform } from './view/waveform.ts';
import { CONNECTING, troubleOf, WAITING } from './words.ts';

type Phase = 'waiting' | 'connecting' | 'talking' | 'ended';

/** Seconds of sound in one message of levels. */
const BLOCK_SECONDS = 0.04;

class Page {
  readonly #waveform = new Waveform(byId<HTMLCanvasElement>('waveform'));
  readonly #transcript = new Transcript();
  readonly #downloads = new Downloads();
  readonly #cheats = new CheatPanel((cheat) => this.#call?.cheat(cheat));
  #evidence = new CallEvidence();
  #agent: AgentInfo | null = null;
  #call: Call | null = null;
  #muted = false;

  constructor() {
    byId('call').addEventListener('click', () => void this.#begin());
    byId('form').addEventListener('submit', (event) => {
      event.preventDefault();
      void this.#begin();
    });
    byId('hang-up').addEventListener('click', () => this.#call?.hangUp());
    byId('speak').addEventListener('click', () => this.#call?.speak());
    byId('mute').addEventListener('click', () => this.#mute(!this.#muted));
    this.#phase('waiting');
    this.#showAll();
    showSaying(WAITING);
    // Asked beforehand: browsers give a page sound only while a click is being handled.
    loadAgent().then(
      (agent) => this.#meet(agent),
      () => {},
    );
  }

  #meet(agent: AgentInfo): AgentInfo {
    this.#agent = agent;
    byId('token-field').hidden = !agent.needsToken;
    setText(byId('trusted'), `${agent.issuer.name}, key ${agent.issuer.kid}`);
    return agent;
  }

  #phase(phase: Phase): void {
    document.body.dataset.phase = phase;
    const lost = document.activeElement;
    const { source } = this.#choices();
    const inCall = phase === 'connecting' || phase === 'talking';
    byId('call').hidden = inCall;
    setText(byId('call'), phase === 'ended' ? 'Call again' : 'Call the agent');
    byId('hang-up').hidden = !inCall;
    byId('speak').hidden = !(phase === 'talking' && source === 'sample');
    byId('mute').hidden = !(phase === 'talking' && source === 'microphone');
    byId('form').hidden = inCall;
    this.#keepFocus(lost, inCall ? 'hang-up' : 'call');
  }

  /** Whoever pressed a button that is gone goes on with the one that took its place. */
  #keepFocus(lost: Element | null, next: string): void {
    if (lost instanceof HTMLElement && lost !== document.body && !lost.checkVisibility()) byId(next).focus();
  }

  #choices(): CallChoices {
    const source = document.querySelector<HTMLInputElement>('input[name=source]:checked')!.value as VoiceSource;
    const role = byId<HTMLTextAreaElement>('role').value.trim();
    return { source, role, token: byId<HTMLInputElement>('token').value.trim() };
  }

  async #begin(): Promise<void> {
    this.#call?.discard();
    this.#call = null;
    this.#trouble(null);
    this.#downloads.hide();
    this.#evidence = new CallEvidence();
    this.#cheats.reset(true);
    this.#cheats.seconds = 0;
    this.#transcript.clear();
    this.#waveform.clear();
    this.#mute(false);
    this.#showAll();
    this.#phase('connecting');
    showSaying(CONNECTING);
    try {
      const agent = this.#agent ?? this.#meet(await loadAgent());
      const choices = this.#choices();
      if (agent.needsToken && choices.token === '') return this.#ended('access-denied');
      this.#call = await Call.begin(agent, choices, { line: (m) => this.#line(m), judge: (m) => this.#judge(m) });
    } catch (error) {
      this.#ended(error instanceof SoundError ? error.code : 'no-connection');
    }
  }

  #line(message: FromLine): void {
    switch (message.type) {
      case 'connected':
        this.#phase('talking');
        showState(this.#evidence);
        break;
      case 'text':
        this.#transcript.add(message.text);
        break;
      case 'barge-in':
        this.#transcript.interrupted();
        break;
      case 'levels':
        this.#cheats.seconds += BLOCK_SECONDS;
        this.#waveform.push(message.agent, message.caller, this.#evidence.state);
        break;
      case 'can-cheat':
        this.#cheats.allow(true);
        break;
      case 'recording':
        save(FILES[message.which], message.wav, 'audio/wav');
        break;
      case 'drawn':
        this.#downloads.drawn(message.html);
        break;
      case 'ended':
        void this.#callEnded(message.outcome);
    }
  }

  #judge(message: FromJudge): void {
    if (message.type === 'report') {
      const { report, seconds } = message;
      this.#downloads.report(reportOf(report, seconds, this.#agent!, this.#evidence, this.#cheats.tried));
      this.#call?.draw(report, factsOf(this.#evidence, this.#cheats.tried));
      return;
    }
    const inCall = document.body.dataset.phase === 'talking';
    if (message.type === 'event') {
      if (this.#evidence.event(message.event)) this.#cheats.stateChanged(this.#evidence.state);
    } else this.#evidence.fact(message.fact);
    if (inCall) showState(this.#evidence);
    showEvidence(this.#evidence.list());
    const news = message.type === 'event' ? message.event.type : message.fact.type;
    if (news === 'authority' || news === 'persona' || news === 'state') showAuthority(this.#evidence);
  }

  /** A server that refuses a connection says why only to those who ask otherwise. */
  async #callEnded(outcome: string): Promise<void> {
    this.#ended(outcome === 'no-connection' ? await whyRefused(this.#choices()) : outcome);
  }

  #ended(outcome: string): void {
    const talked = document.body.dataset.phase === 'talking';
    this.#phase('ended');
    this.#cheats.reset(false);
    this.#trouble(outcome);
    showSaying({
      title: 'The call is over',
      sentence: talked ? 'You can take along what was heard, and check it yourself.' : 'Nothing was said.',
    });
    const call = this.#call;
    if (!talked || !call || !this.#agent) return;
    this.#downloads.offer({
      agent: this.#agent,
      evidence: this.#evidence,
      tried: this.#cheats.tried,
      askForRecording: (which) => call.askForRecording(which),
    });
  }

  #trouble(code: string | null): void {
    const trouble = code === null ? null : troubleOf(code);
    byId('trouble').hidden = trouble === null;
    setText(byId('trouble-title'), trouble?.title ?? '');
    setText(byId('trouble-next'), trouble?.next ?? '');
    if (code === 'access-denied') byId<HTMLDetailsElement>('more').open = true;
  }

  #mute(muted: boolean): void {
    this.#muted = muted;
    const button = byId('mute');
    button.setAttribute('aria-pressed', String(muted));
    setText(button, muted ? 'Microphone is off' : 'Turn microphone off');
    this.#call?.mute(muted);
  }

  #showAll(): void {
    showAuthority(this.#evidence);
    showEvidence(this.#evidence.list());
  }
}

async function loadAgent(): Promise<AgentInfo> {
  const answer = await fetch('api/agent');
  if (!answer.ok) throw new Error(`api/agent: ${answer.status}`);
  return (await answer.json()) as AgentInfo;
}

async function whyRefused({ token }: CallChoices): Promise<string> {
  const answer = await fetch('readyz').catch(() => null);
  if (answer === null) return 'no-connection';
  if (answer.status === 503) return 'not-ready';
  return token === '' ? 'no-connection' : 'access-denied';
}

new Page();
