/** The panel to cheat with, and what came of it. */
import type { SpanState } from '@undertone/token';
import type { CheatName } from '../threads.ts';
import { CHEATS, type CheatText, STATES } from '../words.ts';
import { byId, element, setText } from './dom.ts';

/** A cheat that was tried, for the report. */
export interface Tried {
  readonly cheat: CheatName;
  /** Seconds of the call. */
  readonly fromSeconds: number;
  toSeconds: number | null;
  /** What the state fell to first, and how long that took. */
  fell: { readonly state: SpanState; readonly afterSeconds: number } | null;
}

export class CheatPanel {
  readonly tried: Tried[] = [];
  readonly #buttons = new Map<CheatName, HTMLButtonElement>();
  readonly #results = new Map<CheatName, HTMLElement>();
  readonly #onCheat: (cheat: CheatName | null) => void;
  #now: Tried | null = null;

  constructor(onCheat: (cheat: CheatName | null) => void) {
    this.#onCheat = onCheat;
    byId('cheats').append(...CHEATS.map((cheat) => this.#item(cheat)));
    byId('cheat-stop').addEventListener('click', () => this.#choose(null));
    this.allow(false);
  }

  #item({ name, title, does, expect }: CheatText): HTMLLIElement {
    const button = element('button', 'cheat', element('strong', '', title), element('span', '', does));
    button.type = 'button';
    button.dataset.cheat = name;
    button.setAttribute('aria-pressed', 'false');
    button.addEventListener('click', () => this.#choose(this.#now?.cheat === name ? null : name));
    const result = element('p', 'result', expect);
    this.#buttons.set(name, button);
    this.#results.set(name, result);
    return element('li', '', button, result);
  }

  /** @param seconds of the call by now */
  seconds = 0;

  #choose(cheat: CheatName | null): void {
    if (this.#now) this.#now.toSeconds = this.seconds;
    this.#now = null;
    if (cheat) {
      this.#now = { cheat, fromSeconds: this.seconds, toSeconds: null, fell: null };
      this.tried.push(this.#now);
      setText(this.#results.get(cheat)!, 'On the line. Listen, and watch the state.');
    }
    for (const [name, button] of this.#buttons) button.setAttribute('aria-pressed', String(name === cheat));
    byId('on-line').hidden = cheat === null;
    setText(byId('on-line-name'), CHEATS.find(({ name }) => name === cheat)?.does ?? '');
    this.#onCheat(cheat);
  }

  /** The state fell or rose. */
  stateChanged(state: SpanState): void {
    const now = this.#now;
    if (!now || state === 'live') return;
    const afterSeconds = this.seconds - now.fromSeconds;
    now.fell ??= { state, afterSeconds };
    setText(this.#results.get(now.cheat)!, `Noticed after ${afterSeconds.toFixed(1)} s: ${STATES[state].title.toLowerCase()}.`);
  }

  /** There is something to cheat with, or not. */
  allow(allowed: boolean): void {
    for (const button of this.#buttons.values()) button.disabled = !allowed;
    byId('cheat-wait').hidden = allowed;
  }

  /** A call begins or ends. */
  reset(forget: boolean): void {
    if (this.#now) this.#choose(null);
    this.allow(false);
    if (!forget) return;
    this.tried.length = 0;
    for (const { name, expect } of CHEATS) setText(this.#results.get(name)!, expect);
  }
}
