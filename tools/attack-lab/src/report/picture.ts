/** A picture of one try: the sound, and what the verifier showed while it heard it. */

/** Seconds of sound with one state. */
export interface Band {
  readonly fromSeconds: number;
  readonly toSeconds: number;
  readonly state: string;
}

export interface Picture {
  readonly seconds: number;
  /** Loudness of each fiftieth of a second … by column, 0 … 1. */
  readonly levels: readonly number[];
  /** What was done to the sound, where. */
  readonly done: readonly { readonly fromSeconds: number; readonly toSeconds: number; readonly what: string }[];
  /** What the verifier said, where. */
  readonly shown: readonly Band[];
}
