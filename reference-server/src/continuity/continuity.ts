/** Persona continuity: how far the emitted voice of each call is from its reference, and when it has drifted. */
import type { Logger } from '../logging.ts';
import type { Metrics } from '../metrics.ts';
import type { Line } from '../threads/line.ts';
import { Thread } from '../threads/thread.ts';
import type { VoiceTalk } from './link.ts';

/** Pieces of sound that the thread may be behind on one voice; beyond them sound is left out, which a slow measure bears. */
const MOST_BEHIND = 500;
/** A drift is told again only after the voice was this near again, as a share of the limit. */
const NEAR_AGAIN = 0.75;

/** What a call learns. */
export interface DriftListener {
  /** Every distance that was measured. */
  distance(distance: number): void;
  /** The distance has passed the limit. */
  drifted(distance: number): void;
}

/** One call's voice, as it is emitted. */
export interface FollowedVoice {
  /** The next sound, 24 kHz, which is handed over. */
  hear(samples: Float32Array): void;
  /** Another voice speaks from here on. */
  changed(voice: string): void;
  close(): void;
}

/** The voices of a server. */
export class Continuity {
  readonly #thread: Thread<VoiceTalk>;
  readonly #references: ReadonlyMap<string, Float32Array>;
  readonly #limit: number;

  /** @param references what a voice should sound like, 24 kHz, by its name; of others their beginning counts @param limit distance from which a voice has drifted */
  constructor(references: ReadonlyMap<string, Float32Array>, limit: number, logger: Logger, metrics: Metrics) {
    this.#references = references;
    this.#limit = limit;
    this.#thread = new Thread({ program: 'continuity/continuity-main', name: 'continuity', logger, metrics });
  }

  follow(voice: string, listener: DriftListener): FollowedVoice {
    return new Followed(this.#thread, voice, (name) => this.#references.get(name) ?? null, this.#limit, listener);
  }

  close(): Promise<void> {
    return this.#thread.close();
  }
}

class Followed implements FollowedVoice {
  readonly #line: Line<VoiceTalk>;
  readonly #referenceOf: (voice: string) => Float32Array | null;
  readonly #limit: number;
  readonly #listener: DriftListener;
  #behind = 0;
  #drifted = false;

  constructor(
    thread: Thread<VoiceTalk>,
    voice: string,
    referenceOf: (voice: string) => Float32Array | null,
    limit: number,
    listener: DriftListener,
  ) {
    this.#referenceOf = referenceOf;
    this.#limit = limit;
    this.#listener = listener;
    // Without the thread a call goes on, its voice no longer followed.
    this.#line = thread.open(referenceOf(voice), { take: (distance) => this.#heard(distance), failed: () => this.close() });
  }

  hear(samples: Float32Array): void {
    if (this.#behind >= MOST_BEHIND) return;
    this.#behind++;
    this.#line.say({ samples }, [samples.buffer]);
  }

  #heard(distance: number | null): void {
    this.#behind--;
    if (distance === null) return;
    this.#listener.distance(distance);
    if (distance < NEAR_AGAIN * this.#limit) this.#drifted = false;
    else if (distance > this.#limit && !this.#drifted) {
      this.#drifted = true;
      this.#listener.drifted(distance);
    }
  }

  changed(voice: string): void {
    this.#drifted = false;
    this.#line.say({ reference: this.#referenceOf(voice) });
  }

  close(): void {
    this.#line.close();
  }
}
