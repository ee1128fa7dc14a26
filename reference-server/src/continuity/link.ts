/** What the calls and the thread that follows their voices say to each other, on a line for each voice. */
export interface VoiceTalk {
  /** What the voice should sound like; null: its beginning counts. */
  readonly setup: Float32Array | null;
  /** The next sound of a voice; or that another begins, with its reference. */
  readonly work: { readonly samples: Float32Array } | { readonly reference: Float32Array | null };
  /** How far the voice is from its reference, where there is enough of both; there is one for every sound. */
  readonly result: number | null;
  readonly questions: Record<never, never>;
}
