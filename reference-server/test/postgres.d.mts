export interface Postgres {
  readonly url: string;
  /** Kills it with SIGKILL, and starts it again at once; fulfilled when it answers. */
  restartKilled(): Promise<void>;
  stop(): void;
}

export function postgresBin(): string | null;
export function startPostgres(bin: string): Promise<Postgres>;
