/** `undertone witness`: cosigns the tree heads of transparency logs, until it is told to stop. */
import { createWitness, openKeyFile } from '@undertone/reference-server';
import { formatVerifierKey, KeyKind, noteSigner, parseVerifierKey } from '@undertone/token/log';
import { CliError } from './errors.ts';

export interface WitnessCommand {
  /** Private JWK, from `undertone keygen`. */
  readonly key: string;
  /** The witness's name in its cosignatures. */
  readonly name: string;
  /** Verifier keys of the logs. */
  readonly logs: readonly string[];
  readonly state: string;
  readonly host: string;
  readonly port: number;
}

/** @returns the exit code, after SIGTERM or SIGINT */
export async function witness({ key, name, logs, state, host, port }: WitnessCommand): Promise<number> {
  const signer = noteSigner(name, KeyKind.COSIGNATURE, (await openKeyFile(key)).secretKey);
  const known = logs.map((text) => {
    try {
      return parseVerifierKey(text);
    } catch (error) {
      throw new CliError('usage', `--log ${text}: ${(error as Error).message}`);
    }
  });
  const app = await createWitness({ signer, logs: known, stateFile: state, nowMs: () => Date.now() });
  const url = await app.listen({ host, port });
  console.log(`${url} ${formatVerifierKey(signer)}`);
  await new Promise<void>((resolve) => process.once('SIGTERM', resolve).once('SIGINT', resolve));
  await app.close();
  return 0;
}
