/** What the calls and the thread that follows their voices say to each other. */

/** To the thread: the next sound of a voice; that another voice begins, with its reference where there is one; its end. */
export type VoiceSound =
  | { readonly voice: number; readonly samples: Float32Array }
  | { readonly voice: number; readonly reference: Float32Array | null }
  | { readonly voice: number; readonly end: true };

/** From the thread: sound was heard, and where there is enough of it, how far the voice is from its reference. */
export interface VoiceHeard {
  readonly voice: number;
  readonly distance: number | null;
}
