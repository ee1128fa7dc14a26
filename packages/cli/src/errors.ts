/** Errors that end a command: a stable code, a sentence, and what to do next. */
export class CliError extends Error {
  readonly code: string;
  readonly exitCode: number;
  constructor(code: string, message: string, exitCode = 1) {
    super(message);
    this.name = 'CliError';
    this.code = code;
    this.exitCode = exitCode;
  }
}

/** Exit codes of `undertone verify` (a contract). */
export const EXIT = { verified: 0, usage: 1, nothingFound: 2, notVerified: 3, undecodable: 4 } as const;
