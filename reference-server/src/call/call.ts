/** One call: a socket, an engine's conversation, a mouth, an ear and an identity. Input and output run independently. */
import { hex } from '@undertone/token';
import type { WebSocket } from 'ws';
import type { Caller, CallerEvent, Callers } from '../callers/callers.ts';
import { decodeMessage, encodeHandshake, encodeMessage, type HandshakeForm } from '../chat/protocol.ts';
import type { ChatRequest } from '../chat/query.ts';
import { operatorNowMs } from '../clock.ts';
import type { Continuity } from '../continuity/continuity.ts';
import type { Conversation, Engine, EngineEvent } from '../engines/engine.ts';
import { ServerError } from '../errors.ts';
import type { Identity, SpeakingSession } from '../identity.ts';
import type { Load } from '../load.ts';
import type { Logger } from '../logging.ts';
import { OpusIn } from '../media/opus-in.ts';
import type { Metrics } from '../metrics.ts';
import { parseCallerMetadata } from './caller-metadata.ts';
import { RateLimit } from './limits.ts';
import type { VoiceOptions } from './mouth.ts';
import { closeCode, isFault, type Outcome } from './outcome.ts';
import { PersonaKeeper } from './persona-keeper.ts';
import { Speech } from './speech.ts';
import { watchSocket } from './watch-socket.ts';

/** What every call of a server shares. */
export interface CallContext {
  readonly engine: Engine;
  readonly identity: Identity;
  /** Null: callers are not listened to with a detector. */
  readonly callers: Callers | null;
  /** Null: voices are not followed. */
  readonly continuity: Continuity | null;
  readonly load: Load;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly settings: CallSettings;
}

export interface CallSettings extends VoiceOptions {
  /** Name of the agent, as the card states it. */
  readonly agent: string;
  readonly scope: readonly string[];
  readonly handshake: HandshakeForm;
  readonly maxCallSeconds: number;
  /** Minutes after which the engine is given its persona once more; 0 for never. */
  readonly reinjectMinutes: number;
}

/** Frames a second that a caller may send: a little more than live, and at once what had waited in the network. */
const FRAMES_PER_SECOND = 15;
const FRAMES_AT_ONCE = 375;
const MESSAGES_PER_SECOND = 200;
const STATS_EVERY_MS = 5000;
/**
 * The agent's clock follows its caller's: it begins this long after the caller's first frame, so that every frame of the agent is
 * asked for when what it answers is there. Who sends nothing is spoken to all the same.
 */
const AFTER_CALLER_MS = 10;
const WITHOUT_CALLER_MS = 250;

export class Call {
  /** Fulfilled when everything of the call is closed and stored. */
  readonly done: Promise<Outcome>;
  readonly #socket: WebSocket;
  readonly #request: ChatRequest;
  readonly #context: CallContext;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #frames = new RateLimit(FRAMES_PER_SECOND, FRAMES_AT_ONCE);
  readonly #messages = new RateLimit(MESSAGES_PER_SECOND, MESSAGES_PER_SECOND);
  readonly #caller: Caller | undefined;
  readonly #unwatch: () => void;
  readonly #begun: Promise<void>;
  // Present from the beginning of the call on; while it is prepared the socket is paused and nobody speaks.
  #conversation?: Conversation;
  #speaking?: SpeakingSession;
  #speech?: Speech;
  #ear?: OpusIn;
  #persona?: PersonaKeeper;
  #heard = false;
  #outcome: Outcome | null = null;
  #finish!: (outcome: Outcome) => void;

  /** Takes a socket over; the call begins when identity, engine and codecs are ready. */
  constructor(socket: WebSocket, request: ChatRequest, context: CallContext) {
    this.#socket = socket;
    this.#request = request;
    this.#context = context;
    this.done = new Promise((resolve) => {
      this.#finish = resolve;
    });
    this.#caller = context.callers?.listen((event) => this.#callerEvent(event));
    this.#unwatch = watchSocket(socket, {
      message: (bytes) => this.#guard(() => this.#receive(bytes)),
      closed: () => this.end('caller-left'),
      tooSlow: () => this.end('chat-too-slow'),
    });
    socket.pause();
    this.#begun = this.#begin().catch((error) => this.#fail(error));
  }

  async #begin(): Promise<void> {
    const { engine, identity, settings } = this.#context;
    this.#conversation = await this.#open(engine);
    this.#speaking = await identity.start({
      agent: settings.agent,
      scope: settings.scope,
      persona: this.#conversation.persona,
      t0Ms: Math.floor(operatorNowMs()),
      durationSeconds: settings.maxCallSeconds + 60,
      ...(this.#request.audience === null ? {} : { audience: this.#request.audience }),
    });
    const { session } = this.#speaking;
    const shared = {
      ...this.#context,
      speaking: this.#speaking,
      conversation: () => this.#conversation!,
      failed: (error: unknown) => this.#fail(error),
    };
    const persona = new PersonaKeeper({ ...shared, tell: (data) => this.#tell(data) });
    this.#persona = persona;
    this.#speech = await Speech.open({
      ...shared,
      voice: settings,
      send: (message) => this.#socket.send(message),
      onNotice: ({ code }) => this.#notice(code),
      onSound: (samples) => persona.hear(samples),
    });
    this.#ear = await OpusIn.open();
    if (this.#outcome) return;
    this.#socket.send(encodeHandshake(this.#request.handshake ?? settings.handshake));
    this.#tell({ type: 'session', sessionId: hex(session.locator), card: hex(session.card.bytes), claims: session.claims });
    this.#every(STATS_EVERY_MS, () => this.#tell({ type: 'mark', ...this.#speech!.marks() }));
    if (settings.reinjectMinutes > 0) this.#every(settings.reinjectMinutes * 60_000, () => persona.giveAgain());
    this.#timers.push(setTimeout(() => this.end('time-over'), settings.maxCallSeconds * 1000));
    this.#socket.resume();
    this.#startIn(WITHOUT_CALLER_MS);
  }

  #open(engine: Engine): Promise<Conversation> {
    const { persona, sampling } = this.#request;
    return engine.open({ persona, sampling, onEvent: (event) => this.#engineEvent(event) });
  }

  /** Begins to speak; the earliest time counts. */
  #startIn(ms: number): void {
    this.#timers.push(setTimeout(() => this.#speech!.start(), ms));
  }

  #every(ms: number, task: () => void): void {
    this.#timers.push(setInterval(task, ms));
  }

  // Out

  /** Metadata goes only to clients that asked for it. */
  #tell(data: unknown): void {
    if (this.#request.metadata) this.#socket.send(encodeMessage({ type: 'metadata', data }));
  }

  #engineEvent(event: EngineEvent): void {
    if (event.type === 'failed') this.#fail(new ServerError('engine-unavailable', event.message));
    else {
      this.#speech?.interrupt();
      this.#context.metrics.bargeIns.inc();
      this.#tell({ type: 'barge-in' });
    }
  }

  // In

  #receive(bytes: Uint8Array): void {
    if (!this.#messages.allows(1)) throw new ServerError('chat-too-fast', 'more messages than a call needs');
    const message = decodeMessage(bytes);
    this.#context.metrics.messages.inc({ type: message?.type ?? 'unknown' });
    if (message?.type === 'audio') this.#hear(message.data);
    else if (message?.type === 'control') this.#control(message.action);
    else if (message?.type === 'metadata') this.#told(message.data);
  }

  #told(data: unknown): void {
    const { persona, session } = parseCallerMetadata(data);
    if (session) this.#caller?.expect(session);
    if (persona) this.#persona!.change(persona);
  }

  #hear(ogg: Uint8Array): void {
    const ear = this.#ear!;
    const bad = ear.badPackets;
    const frames = ear.push(ogg);
    this.#context.metrics.badPackets.inc(ear.badPackets - bad);
    if (!this.#frames.allows(frames.length)) throw new ServerError('chat-too-fast', 'sound arrives faster than it is spoken');
    if (frames.length > 0 && !this.#heard) this.#startIn(AFTER_CALLER_MS);
    for (const frame of frames) {
      this.#heard = true;
      this.#conversation!.listen(frame);
      this.#caller?.hear(frame);
    }
  }

  #control(action: 'start' | 'endTurn' | 'pause' | 'restart'): void {
    this.#speech!.pause(action === 'pause');
    if (action === 'start') return;
    this.#speech!.interrupt();
    this.#conversation!.interrupt();
    if (action === 'restart') this.#restart().catch((error) => this.#fail(error));
  }

  /** A new conversation under the same identity. */
  async #restart(): Promise<void> {
    const next = await this.#open(this.#context.engine);
    // The call may have ended meanwhile.
    const old = this.#outcome ? next : this.#conversation;
    if (!this.#outcome) this.#conversation = next;
    await old?.close();
  }

  #callerEvent(event: CallerEvent): void {
    const { callerStates, callersGivenUp } = this.#context.metrics;
    if (event.type === 'state') callerStates.inc({ state: event.state });
    else if (event.type === 'given-up') callersGivenUp.inc();
    this.#tell({ type: 'caller', event });
  }

  #notice(code: 'speech-not-carrying' | 'session-ended'): void {
    this.#context.metrics.notices.inc({ code });
    this.#tell({ type: 'notice', code });
    if (code === 'session-ended') this.end('time-over');
  }

  // The end

  #guard(task: () => void): void {
    try {
      if (!this.#outcome) task();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#log(error, 'call failed');
    if (error instanceof ServerError) this.end(error.code, error.message);
    else this.end('internal', 'the server could not go on');
  }

  /** What is foreseen has a code; the rest is ours to mend. */
  #log(error: unknown, message: string): void {
    if (error instanceof ServerError) this.#context.logger.warn({ code: error.code, detail: error.message }, message);
    else this.#context.logger.error({ err: error }, message);
  }

  /** Ends the call, once; {@link done} tells when it has ended. */
  end(outcome: Outcome, message = ''): void {
    if (this.#outcome) return;
    this.#outcome = outcome;
    for (const timer of this.#timers) clearInterval(timer);
    this.#speech?.stop();
    this.#unwatch();
    if (isFault(outcome)) this.#socket.send(encodeMessage({ type: 'error', message: `${outcome}: ${message}` }), () => {});
    this.#socket.resume();
    this.#socket.close(closeCode(outcome), outcome);
    // Whoever does not answer the close is not waited for.
    setTimeout(() => this.#socket.terminate(), 2000).unref();
    this.#close(outcome)
      .catch((error) => this.#log(error, 'call not closed'))
      .finally(() => this.#finish(outcome));
  }

  async #close(outcome: Outcome): Promise<void> {
    await this.#begun;
    this.#caller?.close();
    this.#persona?.close();
    this.#ear?.close();
    await this.#conversation?.close();
    if (!this.#speech) await this.#speaking?.end([]);
    const marks = await this.#speech?.close();
    const sessionId = this.#speaking ? hex(this.#speaking.session.locator) : null;
    this.#context.logger.info({ sessionId, outcome, ...marks }, 'call ended');
  }
}
