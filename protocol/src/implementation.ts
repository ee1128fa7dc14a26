/** An implementation under test: a program that is started once and answers requests line by line. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { EXIT_UNSUPPORTED, type Json, type Outcome, readAnswer } from './contract.ts';

/** How to start it. */
export interface ImplementationOptions {
  /** Its name in the matrix. */
  readonly name: string;
  /** A command for the shell. */
  readonly command: string;
  /** Folder that it runs in; the audio files of requests are named relative to it. */
  readonly folder: string;
  /** Longest wait for one answer, ms; default 120,000. */
  readonly timeoutMs?: number;
}

/** The command that runs a container image in the same way: the folder is mounted as its working folder. */
export function containerCommand(image: string, folder: string, engine = 'docker'): string {
  return `${engine} run --rm --interactive --network none --volume '${folder}:/work' --workdir /work '${image}'`;
}

const TIMEOUT_MS = 120_000;

/** A running implementation. */
export class Implementation {
  readonly name: string;
  readonly command: string;
  readonly #child: ChildProcess;
  readonly #timeoutMs: number;
  readonly #waiting = new Map<string, (outcome: Outcome) => void>();
  #asked = 0;
  #ended: Outcome | null = null;

  constructor(options: ImplementationOptions) {
    this.name = options.name;
    this.command = options.command;
    this.#timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
    // A group of its own, so that what the shell started ends with it.
    this.#child = spawn(options.command, {
      shell: true,
      cwd: options.folder,
      stdio: ['pipe', 'pipe', 'inherit'],
      detached: process.platform !== 'win32',
    });
    this.#child.stdin?.on('error', () => {});
    this.#child.on('error', (error) => this.#end({ error: error.message }));
    this.#child.on('close', (code) =>
      this.#end(code === EXIT_UNSUPPORTED ? { unsupported: true } : { error: `it ended with status ${code}` }),
    );
    createInterface({ input: this.#child.stdout! }).on('line', (line) => this.#line(line));
  }

  #line(line: string): void {
    const answer = readAnswer(line);
    if (!answer) return;
    const { id, ...outcome } = answer;
    this.#waiting.get(id)?.(outcome);
    this.#waiting.delete(id);
  }

  #end(outcome: Outcome): void {
    this.#ended ??= outcome;
    for (const give of this.#waiting.values()) give(this.#ended);
    this.#waiting.clear();
  }

  /** Asks, and waits for the answer; a program that is silent too long has failed. */
  ask(operation: string, input: Json): Promise<Outcome> {
    if (this.#ended) return Promise.resolve(this.#ended);
    const id = String(++this.#asked);
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        resolve({ error: `no answer within ${this.#timeoutMs} ms` });
      }, this.#timeoutMs);
      this.#waiting.set(id, (outcome) => {
        clearTimeout(timer);
        resolve(outcome);
      });
      this.#child.stdin?.write(`${JSON.stringify({ id, operation, input })}\n`);
    });
  }

  /** Closes its standard input and ends it if it does not end by itself. */
  async close(): Promise<void> {
    if (this.#ended) return;
    this.#child.stdin?.end();
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => {
        this.#kill();
        resolve();
      }, 2000);
      this.#child.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #kill(): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
    } catch {
      // It is gone already.
    }
  }
}
