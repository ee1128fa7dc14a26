/** `undertone verify`: what a recording proves. */
import { createHash } from 'node:crypto';
import { type ChannelReport, createDetector, lookUpsHold, type Span } from '@undertone/detector';
import { detectStretched } from '@undertone/detector/stretch';
import { parseTrust, type SessionRecord, type TrustStore } from '@undertone/token';
import { EXIT } from './errors.ts';
import { type RawFormat, readBytes, readJson, toAudio } from './io.ts';
import { type LogOptions, openLookUps } from './look-up/index.ts';
import { breathe, Progress } from './progress.ts';
import { readSessionFile } from './session-file.ts';
import { version } from './version.ts';

/** Options of the command. */
export interface VerifyOptions {
  readonly input: string;
  readonly trust: string;
  readonly sessions: readonly string[];
  readonly audience?: string;
  readonly raw: RawFormat | null;
  readonly acceptWeakContent: boolean;
  /** Least share of speech that must be marked, 0 … 1. */
  readonly minCoverage: number | null;
  /** Where nothing is found, look for the speed or tempo at which something is. */
  readonly searchSpeed: boolean;
  /** Status lists that say whether a card was revoked by the time of the call: files and addresses. */
  readonly status: readonly string[];
  readonly log: LogOptions | null;
  readonly nowMs: number;
}

/** The object that `--json` prints. */
export interface VerifyReport {
  readonly file: string;
  readonly fileSha256: string;
  readonly tool: string;
  readonly trust: readonly { readonly issuer: string; readonly kid: string }[];
  readonly durationSeconds: number;
  readonly sampleRate: number;
  readonly format: string;
  readonly truncated: boolean;
  readonly channels: readonly ChannelReport[];
  readonly exitCode: number;
  /** The samples, for pictures; never in the JSON. */
  readonly samples?: readonly Float32Array[];
}

/** Reads, decodes and judges every channel by itself. */
export async function verify(options: VerifyOptions): Promise<VerifyReport> {
  const trust: TrustStore = parseTrust(await readJson(options.trust));
  const records: SessionRecord[] = [];
  for (const path of options.sessions) records.push(...(await readSessionFile(path)));
  const lookUp = await openLookUps({ ...options, trust, records });
  const bytes = await readBytes(options.input);
  const audio = await toAudio(bytes, options.raw);
  const progress = new Progress('listening');
  const heard: ChannelReport[] = [];
  for (const [number, samples] of audio.channels.entries())
    heard.push(
      await listen(
        samples,
        audio.sampleRate,
        { trust, records, channelNumber: number, ...(options.audience ? { audience: options.audience } : {}) },
        options.searchSpeed,
        (share) => progress.update((number + share) / audio.channels.length),
      ),
    );
  const channels = await lookUp(heard);
  return {
    file: options.input,
    fileSha256: createHash('sha256').update(bytes).digest('hex'),
    tool: `undertone ${version}`,
    trust: [...trust.keys].map((k) => ({ issuer: k.name, kid: k.kid })),
    durationSeconds: audio.channels[0].length / audio.sampleRate,
    sampleRate: audio.sampleRate,
    format: audio.format,
    truncated: audio.truncated ?? false,
    channels,
    exitCode: judge(channels, options),
    samples: audio.channels,
  };
}

async function listen(
  samples: Float32Array,
  sampleRate: number,
  options: { trust: TrustStore; records: readonly SessionRecord[]; channelNumber: number; audience?: string },
  searchSpeed: boolean,
  onProgress: (share: number) => void,
): Promise<ChannelReport> {
  const detector = createDetector({ sampleRate, ...options });
  for (let at = 0; at < samples.length; at += sampleRate) {
    detector.push(samples.subarray(at, at + sampleRate));
    onProgress(at / samples.length);
    await breathe();
  }
  onProgress(1);
  const report = detector.report();
  if (!searchSpeed || report.spans.length > 0) return report;
  return detectStretched(samples, { sampleRate, ...options }, onProgress) ?? report;
}

/** The exit code: a contract. */
export function judge(
  channels: readonly ChannelReport[],
  rule: Pick<VerifyOptions, 'acceptWeakContent' | 'minCoverage'>,
): number {
  const spans = channels.flatMap((c) => c.spans);
  const trouble = channels.some((c) => c.state === 'conflict' || c.state === 'revoked');
  if (spans.length === 0) return trouble ? EXIT.notVerified : EXIT.nothingFound;
  const good = (s: Span): boolean =>
    s.state === 'attested' && (s.content === 'full' || (rule.acceptWeakContent && s.content === 'weak'));
  if (!spans.every(good) || !channels.every(lookUpsHold)) return EXIT.notVerified;
  if (rule.minCoverage !== null)
    for (const c of channels)
      if (c.speechSeconds > 0 && 1 - c.unmarkedSpeechSeconds / c.speechSeconds < rule.minCoverage) return EXIT.notVerified;
  return EXIT.verified;
}
