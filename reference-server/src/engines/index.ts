/** Makes the engine that an operator asked for. */
import type { ServerOptions } from '../options.ts';
import { DemoEngine } from './demo/index.ts';
import type { Engine } from './engine.ts';
import { openMoshi } from './moshi.ts';
import { RelayEngine } from './relay.ts';

/** Rejects with a ServerError `engine-unavailable`. */
export async function createEngine(options: ServerOptions): Promise<Engine> {
  switch (options.engine) {
    case 'relay':
      return new RelayEngine(options.upstream!);
    case 'moshi':
      return openMoshi(options);
    case 'demo':
      return new DemoEngine();
  }
}
