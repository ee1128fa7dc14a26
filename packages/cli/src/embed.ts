/** `undertone embed`: marks a recording and writes its session record. */
import { detect } from '@undertone/detector';
import { type Claims, type IssuerKey, parsePrivateJwk, parseTrust, publicJwk, serializeSessionRecord } from '@undertone/token';
import { CliError } from './errors.ts';
import { fromAudio, type RawFormat, readBytes, readJson, toAudio, writeBytes } from './io.ts';
import { markRecording } from './marking.ts';
import { Progress } from './progress.ts';

/** Options of the command. */
export interface EmbedOptions {
  readonly input: string;
  readonly output: string;
  readonly issuer: string;
  readonly agent: string;
  readonly claims?: string;
  readonly jwt?: string;
  /** Channel to mark, counted from 0; needed when there are several. */
  readonly channel?: number;
  readonly raw: RawFormat | null;
  /** Where the session record goes; default beside the output. */
  readonly session?: string;
  /** Mark a recording that is marked already. */
  readonly force: boolean;
  readonly nowMs: number;
}

/** What was done, as `--json` prints it. */
export interface EmbedResult {
  readonly output: string;
  readonly session: string;
  readonly sessionId: string;
  readonly agent: string;
  readonly durationSeconds: number;
  readonly bitsPerSecond: number;
  readonly framesMarked: number;
  readonly framesCarried: number;
  readonly notices: readonly string[];
}

/** Information that a verifier needs for a verdict with a session record, bits. */
const LEAST_BITS = 120;

/** Marks and writes. Throws {@link CliError} or an error of the packages below. */
export async function embed(options: EmbedOptions): Promise<EmbedResult> {
  const issuer: IssuerKey = parsePrivateJwk(await readJson(options.issuer));
  const claims = options.claims ? ((await readJson(options.claims)) as Partial<Claims>) : undefined;
  const jwt = options.jwt ? new TextDecoder().decode(await readBytes(options.jwt)).trim() : undefined;
  const audio = await toAudio(await readBytes(options.input), options.raw);
  if (audio.channels.length > 1 && options.channel === undefined)
    throw new CliError(
      'channel-needed',
      `the recording has ${audio.channels.length} channels; say which one speaks with --channel 0 … ${audio.channels.length - 1}`,
    );
  const channel = options.channel ?? 0;
  const samples = audio.channels[channel];
  if (!samples) throw new CliError('channel-needed', `there is no channel ${channel}`);
  if (!options.force) refuseMarked(samples, audio.sampleRate, issuer);
  const progress = new Progress('marking');
  const marked = await markRecording({
    samples,
    sampleRate: audio.sampleRate,
    issuer,
    agent: options.agent,
    t0Ms: options.nowMs,
    ...(claims ? { claims } : {}),
    ...(jwt ? { jwt } : {}),
    onProgress: (share) => progress.update(share),
  });
  const { stats } = marked;
  if (stats.bitsPerSecond * stats.seconds < LEAST_BITS)
    throw new CliError(
      'capacity',
      `this recording can carry ${Math.round(stats.bitsPerSecond * stats.seconds)} bits and a verdict needs ${LEAST_BITS}: it holds too little speech. Nothing was written`,
    );
  const channels = audio.channels.map((c, i) => (i === channel ? marked.samples : c));
  const session = options.session ?? `${options.output === '-' ? 'undertone' : options.output}.session.json`;
  await writeBytes(session, `${JSON.stringify(serializeSessionRecord(marked.record))}\n`);
  await writeBytes(options.output, await fromAudio(channels, audio.sampleRate, options.output, options.raw));
  return {
    output: options.output,
    session,
    sessionId: Buffer.from(marked.session.locator).toString('hex'),
    agent: options.agent,
    durationSeconds: samples.length / audio.sampleRate,
    bitsPerSecond: Math.round(stats.bitsPerSecond * 10) / 10,
    framesMarked: stats.framesMarked,
    framesCarried: stats.framesCarried,
    notices: marked.notices,
  };
}

/** Two marks in one voice spoil each other. */
function refuseMarked(samples: Float32Array, sampleRate: number, issuer: IssuerKey): void {
  const { spans } = detect(samples, { sampleRate, trust: parseTrust(publicJwk(issuer)) });
  const found = spans.find((s) => s.sessionId !== null);
  if (found)
    throw new CliError(
      'already-marked',
      `the recording carries session ${found.sessionId} already; --force marks it nevertheless`,
    );
}
