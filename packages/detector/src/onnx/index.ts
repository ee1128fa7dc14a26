/** A detector whose network is run by ONNX Runtime: each chunk is read ahead, then heard. */
import { BANDS, FINISH_SAMPLES, HOPS_PER_TILE, type RateConverter, toCoreRate } from '@undertone/signal';
import { demodulatorModel, FEATURES, NETWORK_INPUT, NETWORK_OUTPUT, ReadAhead } from '@undertone/signal/onnx';
import type { SpanState } from '@undertone/token';
import type { Detector, DetectorOptions } from '../detector.ts';
import { DetectorError } from '../errors.ts';
import type { DetectorEvent } from '../events.ts';
import type { ChannelReport } from '../report.ts';
import { finite, StreamDetector } from '../stream-detector.ts';
import { installedRuntime, type OnnxRuntime, type OnnxSession } from './runtime.ts';

export type { OnnxRuntime, OnnxSession, OnnxTensor } from './runtime.ts';

const failed = (error: unknown): never => {
  throw new DetectorError('detector-engine-failed', error instanceof Error ? error.message : String(error));
};

/**
 * A detector whose network is run by ONNX Runtime, which answers later: what is done with it happens in order, and what comes of it is told when it
 * is done. Wait for each chunk before the next one, or memory grows with what waits.
 */
export interface QueuedDetector extends Omit<Detector, 'push' | 'report'> {
  push(chunk: Float32Array): Promise<DetectorEvent[]>;
  report(): Promise<ChannelReport>;
}

/** Options of {@link createDetector}. */
export interface OnnxDetectorOptions extends DetectorOptions {
  /**
   * `'onnx'`: onnxruntime-node or, where there is no Node, onnxruntime-web, which must be installed. Bundlers cannot follow that: give them the
   * module itself, `import * as ort from 'onnxruntime-web'`.
   */
  readonly engine: 'onnx' | OnnxRuntime;
}

/**
 * Makes a detector whose network is run by ONNX Runtime, on one thread: the same soft bits to 1e-4. Rejects with {@link DetectorError}, also
 * `detector-engine-missing` and `detector-engine-failed`.
 */
export async function createDetector({ engine, ...options }: OnnxDetectorOptions): Promise<QueuedDetector> {
  const runtime = engine === 'onnx' ? await installedRuntime() : engine;
  const threads = { intraOpNumThreads: 1, interOpNumThreads: 1 };
  const session = await runtime.InferenceSession.create(demodulatorModel(), threads).catch(failed);
  return new OnnxDetector(options, runtime, session);
}

class OnnxDetector implements QueuedDetector {
  readonly #runtime: OnnxRuntime;
  readonly #session: OnnxSession;
  readonly #down: RateConverter;
  readonly #ahead = new ReadAhead();
  readonly #detector: StreamDetector;
  #last: Promise<unknown> = Promise.resolve();
  #report: Promise<ChannelReport> | null = null;

  constructor(options: DetectorOptions, runtime: OnnxRuntime, session: OnnxSession) {
    this.#detector = new StreamDetector(options, this.#ahead.demodulators);
    this.#down = toCoreRate(options.sampleRate);
    this.#runtime = runtime;
    this.#session = session;
  }

  push(chunk: Float32Array): Promise<DetectorEvent[]> {
    const samples = chunk.slice();
    if (this.#report) return Promise.reject(new DetectorError('detector-finished', 'the report was made; make a new detector'));
    return this.#then(async () => {
      await this.#readAhead(this.#down.process(finite(samples)));
      return this.#detector.push(samples);
    });
  }

  sent(chunk: Float32Array): void {
    const samples = chunk.slice();
    void this.#then(async () => this.#detector.sent(samples));
  }

  challenge(sessionId: string, nonce?: Uint8Array): void {
    this.#detector.challenge(sessionId, nonce);
  }

  states(): ReadonlyMap<string, SpanState> {
    return this.#detector.states();
  }

  report(): Promise<ChannelReport> {
    this.#report ??= this.#then(async () => {
      await this.#readAhead(this.#down.flush());
      await this.#readAhead(new Float32Array(FINISH_SAMPLES));
      await this.#session.release();
      return this.#detector.report();
    });
    return this.#report;
  }

  /** After all that came before; a failure ends the detector, because sound is missing then. */
  #then<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done;
    done.catch(() => {});
    return done;
  }

  /** Computes the soft cells that these samples finish. */
  async #readAhead(core: Float32Array): Promise<void> {
    const input = this.#ahead.push(core);
    if (!input) return;
    const dims = [HOPS_PER_TILE, input.rows, BANDS, FEATURES];
    const features = new this.#runtime.Tensor('float32', input.features, dims);
    const answer = await this.#session.run({ [NETWORK_INPUT]: features }).catch(failed);
    this.#ahead.take(answer[NETWORK_OUTPUT].data as Float32Array);
  }
}
