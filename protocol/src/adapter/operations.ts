/** This implementation's side of the contract: the first entry of the matrix. */
import { ChannelError } from '@undertone/channel';
import { TokenError } from '@undertone/token';
import type { Answer, Json, Outcome, Request } from '../contract.ts';
import { cardOperations } from './card.ts';
import { chainOperations } from './chain.ts';
import { channelOperations } from './channel.ts';
import { codeOperations } from './code.ts';
import { InputError, type Operation } from './input.ts';
import { issuerOperations } from './issuer.ts';
import { lifeOperations } from './life.ts';
import { matchOperations } from './match.ts';
import { recordOperations } from './record.ts';
import { signalOperations } from './signal.ts';
import { speechOperations } from './speech.ts';

const OPERATIONS: { readonly [name: string]: Operation } = {
  ...cardOperations,
  ...chainOperations,
  ...recordOperations,
  ...matchOperations,
  ...signalOperations,
  ...codeOperations,
  ...speechOperations,
  ...issuerOperations,
  ...channelOperations,
  ...lifeOperations,
};

/** Does one operation. A refusal that the packages throw is an outcome; anything else is an error. */
export async function perform(operation: string, input: Json): Promise<Outcome> {
  const does = Object.hasOwn(OPERATIONS, operation) ? OPERATIONS[operation] : undefined;
  if (does === undefined) return { unsupported: true };
  try {
    return await does(input);
  } catch (error) {
    if (error instanceof TokenError || error instanceof ChannelError) return { valid: false, code: error.code };
    return { error: error instanceof InputError ? error.message : String(error) };
  }
}

/** Answers a request. */
export async function answer(request: Request): Promise<Answer> {
  return { id: request.id, ...(await perform(request.operation, request.input)) };
}
