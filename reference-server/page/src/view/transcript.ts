/** What the agent says, as text. */
import { byId, element } from './dom.ts';

/** After a pause of this length a new paragraph begins. */
const PAUSE_MS = 1600;

export class Transcript {
  readonly #target = byId('transcript');
  #paragraph: HTMLElement | null = null;
  #lastMs = 0;

  clear(): void {
    this.#target.replaceChildren();
    this.#paragraph = null;
  }

  add(text: string): void {
    const now = performance.now();
    if (!this.#paragraph || now - this.#lastMs > PAUSE_MS) this.#paragraph = this.#append(element('p', ''));
    this.#lastMs = now;
    this.#paragraph.append(text);
    this.#follow();
  }

  /** The caller spoke into it. */
  interrupted(): void {
    this.#paragraph?.append(' —');
    this.#paragraph = null;
    this.#append(element('p', 'aside', 'You spoke, and it gave way.'));
  }

  #append(paragraph: HTMLElement): HTMLElement {
    this.#target.append(paragraph);
    this.#follow();
    return paragraph;
  }

  #follow(): void {
    this.#target.scrollTop = this.#target.scrollHeight;
  }
}
