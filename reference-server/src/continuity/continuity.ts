/** Persona continuity: how far the emitted voice of each call is from its reference, and when it has drifted. */
import { Worker } from 'node:worker_threads';
import type { Logger } from '../logging.ts';
import { programUrl } from '../programs.ts';
import type { VoiceHeard, VoiceSound } from './link.ts';

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
  /** The next sound, 24 kHz; it is not kept. */
  hear(samples: Float32Array): void;
  /** Another voice speaks from here on. */
  changed(voice: string): void;
  close(): void;
}

/** The voices of a server. */
export class Continuity {
  readonly #thread: Worker;
  readonly #open = new Map<number, Followed>();
  readonly #references: ReadonlyMap<string, Float32Array>;
  readonly #limit: number;
  #next = 0;

  /** @param references what a voice should sound like, 24 kHz, by its name; of others their beginning counts @param limit distance from which a voice has drifted */
  constructor(references: ReadonlyMap<string, Float32Array>, limit: number, logger: Logger) {
    this.#references = references;
    this.#limit = limit;
    this.#thread = new Worker(programUrl('continuity/continuity-main'), { name: 'continuity' });
    this.#thread.on('message', ({ voice, distance }: VoiceHeard) => this.#open.get(voice)?.heard(distance));
    this.#thread.on('error', (error) => logger.error({ err: error }, 'the thread of the voices ended'));
  }

  follow(voice: string, listener: DriftListener): FollowedVoice {
    const id = this.#next++;
    const followed = new Followed(
      (sound) => this.#thread.postMessage({ voice: id, ...sound } as VoiceSound),
      (name) => this.#references.get(name) ?? null,
      this.#limit,
      listener,
      () => this.#open.delete(id),
    );
    this.#open.set(id, followed);
    followed.changed(voice);
    return followed;
  }

  async close(): Promise<void> {
    await this.#thread.terminate();
  }
}

type Post = (sound: { samples: Float32Array } | { reference: Float32Array | null } | { end: true }) => void;

class Followed implements FollowedVoice {
  readonly #post: Post;
  readonly #referenceOf: (voice: string) => Float32Array | null;
  readonly #limit: number;
  readonly #listener: DriftListener;
  readonly #onClose: () => void;
  #behind = 0;
  #drifted = false;

  constructor(
    post: Post,
    referenceOf: (voice: string) => Float32Array | null,
    limit: number,
    listener: DriftListener,
    onClose: () => void,
  ) {
    this.#post = post;
    this.#referenceOf = referenceOf;
    this.#limit = limit;
    this.#listener = listener;
    this.#onClose = onClose;
  }

  hear(samples: Float32Array): void {
    if (this.#behind >= MOST_BEHIND) return;
    this.#behind++;
    this.#post({ samples: Float32Array.from(samples) });
  }

  heard(distance: number | null): void {
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
    this.#post({ reference: this.#referenceOf(voice) });
  }

  close(): void {
    this.#post({ end: true });
    this.#onClose();
  }
}
