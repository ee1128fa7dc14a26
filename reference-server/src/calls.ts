/** The calls of a process: admission, and an orderly end. */
import type { WebSocket } from 'ws';
import { Call, type CallContext } from './call/call.ts';
import { MAX_MESSAGE_BYTES } from './chat/protocol.ts';
import { parseQuery } from './chat/query.ts';
import { ServerError } from './errors.ts';
import type { UpgradeRoute } from './http/upgrades.ts';

const DRAIN_CHECK_MS = 100;

export class Calls {
  readonly #context: CallContext;
  readonly #most: number;
  readonly #open = new Set<Call>();
  #draining = false;

  constructor(context: CallContext, most: number) {
    this.#context = context;
    this.#most = most;
  }

  get route(): UpgradeRoute {
    return { path: '/api/chat', maxPayload: MAX_MESSAGE_BYTES, guarded: true, accept: (query) => this.#accept(query) };
  }

  get size(): number {
    return this.#open.size;
  }

  /** Whether new calls are taken. */
  get accepting(): boolean {
    return !this.#draining && this.#open.size < this.#most && !this.#context.load.overloaded;
  }

  #accept(query: URLSearchParams): (socket: WebSocket) => void {
    if (this.#draining) throw new ServerError('server-draining', 'the server is being stopped');
    if (this.#open.size >= this.#most) throw new ServerError('server-full', 'every line is busy');
    if (this.#context.load.overloaded) throw new ServerError('server-overloaded', 'the machine is busy with the calls it has');
    const request = parseQuery(query);
    return (socket) => {
      const { metrics } = this.#context;
      const call = new Call(socket, request, this.#context);
      this.#open.add(call);
      metrics.calls.set(this.#open.size);
      call.done.then((outcome) => {
        this.#open.delete(call);
        if (this.#open.size === 0) this.#context.load.reset();
        metrics.calls.set(this.#open.size);
        metrics.callsTotal.inc({ outcome });
      });
    };
  }

  /** Takes no new calls, lets those in progress end by themselves for a while, then ends them. */
  async drain(seconds: number): Promise<void> {
    this.#draining = true;
    const until = performance.now() + seconds * 1000;
    while (this.#open.size > 0 && performance.now() < until) await new Promise((r) => setTimeout(r, DRAIN_CHECK_MS));
    const left = [...this.#open];
    for (const call of left) call.end('server-draining');
    await Promise.all(left.map((call) => call.done));
  }
}
