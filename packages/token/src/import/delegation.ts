/** Hashes that an agentic JWT holds of its delegation chain and of the steps done: 64 bits of SHA-256 over the names joined by "|". */
import { hex } from '../bytes.ts';
import { MAX_CLAIM_TEXT } from '../claims.ts';
import { sha256 } from '../crypto.ts';
import { TokenError } from '../errors.ts';
import type { JsonObject } from '../json.ts';

/** Most agents in a chain, or steps in a workflow. */
export const MAX_DELEGATION: number = 64;

/** 16 hexadecimal digits. Throws `bad-argument` for a name that holds "|", which could stand for two others. */
export function sequenceHash(names: readonly string[]): string {
  const good = (name: string): boolean => name !== '' && name.length <= MAX_CLAIM_TEXT && !name.includes('|');
  if (names.length > MAX_DELEGATION || !names.every(good)) throw new TokenError('bad-argument', 'name in a sequence');
  return hex(sha256(names.join('|')).slice(0, 8));
}

export type Delegation = {
  /** Agents from the first to the one that acts. */
  readonly chain?: readonly string[];
  /** Steps of the workflow that are done. */
  readonly steps?: readonly string[];
};

function checkHash(intent: JsonObject, member: string, names: readonly string[] | undefined): void {
  const value = intent[member];
  if (value !== undefined && !(typeof value === 'string' && /^[0-9a-f]{16}$/.test(value)))
    throw new TokenError('jwt-malformed', `intent.${member}`);
  if (names !== undefined && sequenceHash(names) !== value) throw new TokenError('jwt-delegation', member);
}

/** Checks the hashes of an intent, and that the chain given ends with the agent that acts. Throws `jwt-malformed` or `jwt-delegation`. */
export function checkDelegation(intent: JsonObject, agent: string, { chain, steps }: Delegation): void {
  checkHash(intent, 'delegation_chain', chain);
  checkHash(intent, 'step_sequence_hash', steps);
  const executor = intent.executed_by ?? agent;
  if (executor !== agent || (chain !== undefined && chain.at(-1) !== agent))
    throw new TokenError('jwt-delegation', 'the agent that acts is not the last of the chain');
}
