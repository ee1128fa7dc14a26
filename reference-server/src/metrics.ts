/** What the server counts, for Prometheus. */
import { performance } from 'node:perf_hooks';
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** The metrics of one process. */
export class Metrics {
  readonly registry: Registry = new Registry();
  readonly calls: Gauge = new Gauge(this.#named('calls', 'Calls in progress'));
  readonly callsTotal: Counter<'outcome'> = new Counter({
    ...this.#named('calls_total', 'Calls that ended, by outcome'),
    labelNames: ['outcome'],
  });
  readonly rejected: Counter<'code'> = new Counter({
    ...this.#named('rejected_total', 'Connections refused, by error code'),
    labelNames: ['code'],
  });
  readonly messages: Counter<'type'> = new Counter({
    ...this.#named('messages_total', 'Messages received, by type'),
    labelNames: ['type'],
  });
  /** `carried`: the self-check read the mark; `quiet`: marked, but the sound carried too little; `unmarked`: sent without a mark. */
  readonly frames: Counter<'mark'> = new Counter({
    ...this.#named('frames_total', 'Frames spoken, by what became of the mark'),
    labelNames: ['mark'],
  });
  readonly lateness: Histogram = new Histogram({
    ...this.#named('packet_lateness_seconds', 'How long after their time packets of 40 ms were sent'),
    buckets: [0.001, 0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 1],
  });
  readonly marking: Histogram = new Histogram({
    ...this.#named('packet_seconds', 'How long packets of 40 ms took to be marked and encoded'),
    buckets: [0.0005, 0.001, 0.002, 0.004, 0.01, 0.02, 0.04, 0.08],
  });
  readonly engineLate: Counter = new Counter(
    this.#named('engine_late_frames_total', 'Frames replaced by silence because the engine was late'),
  );
  readonly bargeIns: Counter = new Counter(this.#named('barge_ins_total', 'Times that the agent gave way to its caller'));
  readonly badPackets: Counter = new Counter(this.#named('bad_packets_total', 'Opus packets of callers that did not decode'));
  readonly records: Counter<'outcome'> = new Counter({
    ...this.#named('records_total', 'Slot records, by outcome: stored or failed'),
    labelNames: ['outcome'],
  });
  readonly notices: Counter<'code'> = new Counter({
    ...this.#named('encoder_notices_total', 'What the encoder reported, by code'),
    labelNames: ['code'],
  });
  readonly callerStates: Counter<'state'> = new Counter({
    ...this.#named('caller_states_total', 'States that callers reached in the detector'),
    labelNames: ['state'],
  });
  readonly callersGivenUp: Counter = new Counter(
    this.#named('callers_given_up_total', 'Callers whose detector was given up because it fell behind'),
  );
  readonly personaEvents: Counter<'type'> = new Counter({
    ...this.#named('persona_events_total', 'Changes, repetitions and drifts of personas'),
    labelNames: ['type'],
  });

  readonly voiceDistance: Histogram = new Histogram({
    ...this.#named('voice_distance', 'Distances of emitted voices from their references; 0 is the same voice'),
    buckets: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1],
  });

  /** By thread, how it is asked. */
  readonly #busyMs = new Map<string, () => number>([['main', () => performance.eventLoopUtilization().active]]);
  readonly threads: Gauge<'thread'> = new Gauge({
    ...this.#named('thread_busy_seconds', 'Time that each thread was not waiting for work, since its start'),
    labelNames: ['thread'],
    collect: () => {
      for (const [thread, busyMs] of this.#busyMs) this.threads.set({ thread }, busyMs() / 1000);
    },
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  /** Shows how busy a thread is. @param busyMs time that it was not waiting for work, ms */
  watchThread(thread: string, busyMs: () => number): void {
    this.#busyMs.set(thread, busyMs);
  }

  #named(name: string, help: string): { name: string; help: string; registers: Registry[] } {
    return { name: `undertone_${name}`, help, registers: [this.registry] };
  }
}
