/** A progress bar on standard error, only where somebody looks. */
export class Progress {
  readonly #label: string;
  #last = 0;

  constructor(label: string) {
    this.#label = label;
  }

  /** @param share 0 … 1 */
  update(share: number): void {
    if (!process.stderr.isTTY || (Date.now() - this.#last < 100 && share < 1)) return;
    this.#last = Date.now();
    const width = 28;
    const full = Math.round(width * Math.min(1, share));
    process.stderr.write(
      `\r${this.#label} ${'█'.repeat(full)}${'░'.repeat(width - full)} ${String(Math.round(share * 100)).padStart(3)} %`,
    );
    if (share >= 1) process.stderr.write('\r\x1b[2K');
  }
}

/** Lets signals and timers run between chunks of long work. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
