/** What the sealed half of the mark says: tags over the agent's words, and its answer to this page's own question. */
import type { DetectorEvent } from '@undertone/detector';
import { type Evidence, good, open } from './evidence-item.ts';

type SealedEvent = Extract<DetectorEvent, { type: 'tag' | 'challenge' }>;

/** How many tags prove by themselves (protocol/spec/09-verifier-states.md). */
const NEEDED_TAGS = 2;

export class SealedEvidence {
  readonly #tags = { held: 0, failed: 0, otherWords: 0 };
  #answer: Extract<DetectorEvent, { type: 'challenge' }>['state'] | null = null;

  event(event: SealedEvent): void {
    if (event.type === 'challenge') this.#answer = event.state;
    else if (!event.holds) this.#tags.failed++;
    else if (event.words === 'mismatch') this.#tags.otherWords++;
    else this.#tags.held++;
  }

  /** @param live whether the session is proven at the moment */
  list(live: boolean): Evidence[] {
    return [this.#sealed(live), this.#question(live)];
  }

  #sealed(live: boolean): Evidence {
    const [id, title] = ['tags', 'Tags in the voice seal its words'];
    const { held, failed, otherWords } = this.#tags;
    const all = held + failed + otherWords;
    if (all === 0) return open(id, title, 'The first tag is compared after about half a minute of speech.');
    const detail = `${held} of ${all} tags that were heard hold for the words that were heard; ${NEEDED_TAGS} prove by themselves.`;
    if (otherWords > 0) return { id, grade: 'bad', title, detail: `${detail} ${otherWords} were made for other words.` };
    return live && held > 0 ? good(id, title, detail) : open(id, title, detail);
  }

  #question(live: boolean): Evidence {
    const [id, title] = ['question', 'It answers this page’s own question'];
    const asked = 'A number that nobody could know before was given to the agent';
    if (this.#answer === null) return open(id, title, `${asked} once it was proven; the answer comes in the voice.`);
    if (this.#answer === 'failed') return { id, grade: 'bad', title, detail: `${asked}, and the answer in the voice is wrong.` };
    if (this.#answer === 'unanswered') return open(id, title, `${asked}; no answer was heard, which proves nothing.`);
    const detail = `${asked}, and the voice has answered it with the key of its session.`;
    return live ? good(id, title, detail) : open(id, title, detail);
  }
}
