/** One call: a socket, an engine's conversation, its speech, its hearing and its sessions. Input and output run independently. */
import { hex } from '@undertone/token';
import type { WebSocket } from 'ws';
import type { Callers } from '../callers/callers.ts';
import { decodeMessage, encodeHandshake, encodeMessage, type HandshakeForm } from '../chat/protocol.ts';
import type { ChatRequest } from '../chat/query.ts';
import { operatorNowMs } from '../clock.ts';
import type { Continuity } from '../continuity/continuity.ts';
import type { Conversation, Engine, EngineEvent, Persona } from '../engines/engine.ts';
import { ServerError } from '../errors.ts';
import type { Identity } from '../identity.ts';
import type { Load } from '../load.ts';
import type { Logger } from '../logging.ts';
import type { VoiceOptions } from '../media/marked-out.ts';
import type { Metrics } from '../metrics.ts';
import type { VoiceThreads } from '../voice-threads/voice-threads.ts';
import { parseCallerMetadata } from './caller-metadata.ts';
import { Hearing } from './hearing.ts';
import { RateLimit } from './limits.ts';
import { closeCode, isFault, type Outcome } from './outcome.ts';
import { PersonaKeeper } from './persona-keeper.ts';
import { CallSessions } from './sessions.ts';
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
  readonly voiceThreads: VoiceThreads;
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
  /** Life of a card; a longer call goes on under the next one. */
  readonly cardSeconds: number;
  /** Minutes after which the engine is given its persona once more; 0 for never. */
  readonly reinjectMinutes: number;
}

const MESSAGES_PER_SECOND = 200;
const STATS_EVERY_MS = 5000;
/**
 * The agent's clock follows its caller's: it begins this long after the caller's first frame, so that every frame of the agent is
 * asked for when what it answers is there, or will be in a moment: engines that answer wait for it. Longer would be waited for by every
 * answer. Who sends nothing is spoken to all the same.
 */
const AFTER_CALLER_MS = 2;
const WITHOUT_CALLER_MS = 250;

export class Call {
  /** Fulfilled when everything of the call is closed and stored. */
  readonly done: Promise<Outcome>;
  readonly #socket: WebSocket;
  readonly #request: ChatRequest;
  readonly #context: CallContext;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #messages = new RateLimit(MESSAGES_PER_SECOND, MESSAGES_PER_SECOND);
  readonly #unwatch: () => void;
  readonly #begun: Promise<void>;
  // Present from the beginning of the call on; while it is prepared the socket is paused and nobody speaks.
  #conversation?: Conversation;
  #sessions?: CallSessions;
  #speech?: Speech;
  #hearing?: Hearing;
  #persona?: PersonaKeeper;
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
    this.#unwatch = watchSocket(socket, {
      message: (bytes) => this.#guard(() => this.#receive(bytes)),
      closed: () => this.end('caller-left'),
      tooSlow: () => this.end('chat-too-slow'),
    });
    socket.pause();
    this.#begun = this.#begin().catch((error) => this.#fail(error));
  }

  async #begin(): Promise<void> {
    const { identity, settings } = this.#context;
    this.#conversation = await this.#open(this.#request.persona);
    const failed = (error: unknown): void => this.#fail(error);
    const { audience } = this.#request;
    this.#sessions = await CallSessions.start(
      identity,
      {
        agent: settings.agent,
        scope: settings.scope,
        persona: this.#conversation.persona,
        t0Ms: Math.floor(operatorNowMs()),
        ...(audience === null ? {} : { audience }),
      },
      { cardSeconds: settings.cardSeconds, onRenewed: (reason) => this.#tellSession('renewed', { reason }), failed },
    );
    const thread = this.#context.voiceThreads.leastLoaded;
    const shared = { ...this.#context, thread, sessions: this.#sessions, conversation: () => this.#conversation!, failed };
    const persona = new PersonaKeeper({ ...shared, tell: (data) => this.#tell(data) });
    this.#persona = persona;
    this.#speech = await Speech.open({
      ...shared,
      voice: settings,
      send: (message) => this.#socket.send(message),
      onNotice: (code) => this.#notice(code),
      onSound: persona.listener,
    });
    this.#hearing = await Hearing.open({
      ...shared,
      onFirst: () => this.#startIn(AFTER_CALLER_MS),
      onCaller: (event) => this.#tell({ type: 'caller', event }),
    });
    if (this.#outcome) return;
    this.#socket.send(encodeHandshake(this.#request.handshake ?? settings.handshake));
    this.#tellSession('session');
    this.#every(STATS_EVERY_MS, () => this.#tell({ type: 'mark', ...this.#speech!.marks() }));
    if (settings.reinjectMinutes > 0) this.#every(settings.reinjectMinutes * 60_000, () => persona.giveAgain());
    this.#timers.push(setTimeout(() => this.end('time-over'), settings.maxCallSeconds * 1000));
    this.#socket.resume();
    this.#startIn(WITHOUT_CALLER_MS);
  }

  #open(persona: Persona): Promise<Conversation> {
    const { sampling } = this.#request;
    return this.#context.engine.open({ persona, sampling, onEvent: (event) => this.#engineEvent(event) });
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

  /** Signalling: under which session the voice speaks, and under which it goes on. */
  #tellSession(type: 'session' | 'renewed', more: object = {}): void {
    const { locator, card, claims } = this.#sessions!.session;
    this.#tell({ type, sessionId: hex(locator), card: hex(card.bytes), claims, ...more });
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
    if (message?.type === 'audio') this.#hearing!.hear(message.data);
    else if (message?.type === 'control') this.#control(message.action);
    else if (message?.type === 'metadata') this.#told(message.data);
  }

  #told(data: unknown): void {
    const { persona, session } = parseCallerMetadata(data);
    if (session) this.#hearing!.expect(session);
    if (persona) this.#persona!.change(persona);
  }

  #control(action: 'start' | 'endTurn' | 'pause' | 'restart'): void {
    this.#speech!.pause(action === 'pause');
    if (action === 'start') return;
    this.#speech!.interrupt();
    this.#conversation!.interrupt();
    if (action === 'restart') this.#restart().catch((error) => this.#fail(error));
  }

  /** A new conversation of the same persona, under the same identity. */
  async #restart(): Promise<void> {
    const next = await this.#open(this.#conversation!.persona);
    // The call may have ended meanwhile.
    const old = this.#outcome ? next : this.#conversation;
    if (!this.#outcome) this.#conversation = next;
    await old?.close();
  }

  #notice(code: 'speech-not-carrying' | 'session-ended'): void {
    this.#context.metrics.notices.inc({ code });
    this.#tell({ type: 'notice', code });
    if (code === 'session-ended') this.#fail(new ServerError('identity-unavailable', 'the card ended before another was there'));
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
    this.#hearing?.close();
    this.#persona?.close();
    await this.#conversation?.close();
    const marks = await this.#speech?.close();
    await this.#sessions?.close();
    const sessionId = this.#sessions ? hex(this.#sessions.session.locator) : null;
    this.#context.logger.info({ sessionId, outcome, ...marks }, 'call ended');
  }
}
