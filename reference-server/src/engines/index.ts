/** Makes the engine that an operator asked for. */
import type { ServerOptions } from '../options.ts';
import { DemoEngine } from './demo/index.ts';
import type { Engine } from './engine.ts';
import { RelayEngine } from './relay.ts';

/** Rejects with a ServerError `engine-unavailable`. */
export async function createEngine({ engine, upstream }: ServerOptions): Promise<Engine> {
  return engine === 'relay' ? new RelayEngine(upstream!) : new DemoEngine();
}
