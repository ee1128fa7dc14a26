/** Everything that an operator can set, with its bounds and defaults. The command line's `serve` reads the same table. */
import { MAX_CARD_SECONDS } from '@undertone/token';
import { z } from 'zod';
import { ServerError } from './errors.ts';
import { LOG_LEVELS } from './logging.ts';

const whole = (least: number, most: number) => z.coerce.number().int().min(least).max(most);

/** Options of the server; {@link OPTION_HELP} says what each is for. */
export interface ServerOptions {
  readonly host: string;
  readonly port: number;
  readonly data: string;
  readonly database?: string | undefined;
  readonly channelPort: number;
  readonly home?: string | undefined;
  readonly publicUrl?: string | undefined;
  readonly logOrigin?: string | undefined;
  readonly witnesses: readonly string[];
  readonly authorisation: readonly string[];
  readonly callers: 'verify' | 'ignore';
  readonly trust: readonly string[];
  readonly resolvers: readonly string[];
  readonly audience?: string | undefined;
  readonly engine: 'demo' | 'relay' | 'moshi';
  readonly upstream?: string | undefined;
  readonly weights?: string | undefined;
  readonly randomWeights?: 'tiny' | 'middle' | '7b' | undefined;
  readonly provider?: 'cpu' | 'cuda' | undefined;
  readonly context?: number | undefined;
  readonly agent: string;
  readonly scope: readonly string[];
  readonly maxCalls: number;
  readonly maxLateMs: number;
  readonly voiceThreads?: number | undefined;
  readonly maxCallSeconds: number;
  readonly cardSeconds: number;
  readonly reinjectMinutes: number;
  readonly driftDistance: number;
  readonly references?: string | undefined;
  readonly drainSeconds: number;
  readonly origins: readonly string[];
  readonly tokens: readonly string[];
  readonly tlsCert?: string | undefined;
  readonly tlsKey?: string | undefined;
  readonly page: boolean;
  readonly handshake: 'python' | 'rust';
  readonly lookahead: '20ms' | 'frame';
  readonly bitrate: number;
  readonly complexity: number;
  readonly logLevel: (typeof LOG_LEVELS)[number];
}

const SCHEMA = z.strictObject({
  host: z.string().min(1).default('127.0.0.1').describe('address to listen on; 0.0.0.0 for every one'),
  port: whole(0, 65535).default(8998).describe('port to listen on; 0 for any free one'),
  data: z.string().min(1).default('undertone-data').describe('folder of the issuer key and of the embedded database'),
  database: z.url().optional().describe('postgres:// address of a database that several servers share; default an embedded one'),
  channelPort: whole(0, 65535).default(8999).describe('port of the verification channel'),
  home: z.url().optional().describe("address of this server's own channel for others of its fleet; default its host and port"),
  publicUrl: z.url().optional().describe('address under which verifiers reach the verification channel; default that of home'),
  logOrigin: z
    .string()
    .regex(/^[^\s+]{1,256}$/)
    .optional()
    .describe('name of the transparency log; default the host of publicUrl and /undertone'),
  witnesses: z
    .array(z.string().max(1024))
    .max(16)
    .default([])
    .describe('"URL KEY" of a witness that cosigns the transparency log'),
  authorisation: z
    .array(z.string())
    .max(16)
    .default([])
    .describe('files with keys of authorisation servers whose tokens are exchanged for cards (JWK or JWKS)'),
  callers: z.enum(['verify', 'ignore']).default('verify').describe('whether callers are listened to with a detector'),
  trust: z
    .array(z.string())
    .max(64)
    .default([])
    .describe('files of issuers that callers may have, beside this one (JWK or JWKS)'),
  resolvers: z.array(z.url()).max(15).default([]).describe("verification channels of callers' issuers"),
  audience: z.string().min(1).max(256).optional().describe('name by which callers address this server'),
  engine: z.enum(['demo', 'relay', 'moshi']).default('demo').describe('what speaks'),
  upstream: z.url().optional().describe('relay: WebSocket address of the Moshi server whose voice is marked'),
  weights: z
    .string()
    .min(1)
    .optional()
    .describe("moshi: folder of the model's official files, as downloaded or in Hugging Face's cache"),
  randomWeights: z.enum(['tiny', 'middle', '7b']).optional().describe('moshi: random weights of a size instead; it babbles'),
  provider: z.enum(['cpu', 'cuda']).optional().describe('moshi: what computes; default cuda, with random weights cpu'),
  context: whole(40, 3000)
    .optional()
    .describe('moshi: frames of 80 ms that the model remembers; fewer than its 3000 for more calls on a GPU'),
  agent: z.string().min(1).max(256).default('undertone-demo').describe('name of the agent, as its card states it'),
  scope: z.array(z.string().min(1).max(256)).max(256).default([]).describe('what the agent is authorised to do'),
  maxCalls: whole(1, 10000).default(32).describe('calls at a time, in each process'),
  maxLateMs: whole(20, 60_000).default(200).describe('mean lateness of sent packets from which no further call is taken'),
  voiceThreads: whole(1, 256)
    .optional()
    .describe('threads that decode, mark and encode; default half of the processors, at most 16'),
  maxCallSeconds: whole(1, 86400).default(3600).describe('longest call'),
  cardSeconds: whole(60, MAX_CARD_SECONDS)
    .default(MAX_CARD_SECONDS)
    .describe('life of a card; a longer call goes on under the next one'),
  reinjectMinutes: whole(0, 1440)
    .default(3)
    .describe('minutes after which the engine is given its persona again (a model sees four); 0 for never'),
  driftDistance: z.coerce
    .number()
    .min(0)
    .max(10)
    .default(0.45)
    .describe('distance of the voice from its reference at which it has drifted (moshi, relay); 0 to follow no voice'),
  references: z
    .string()
    .min(1)
    .optional()
    .describe(
      'folder of recordings NAME.wav or NAME.flac of what each voice should sound like; of others their beginning counts',
    ),
  drainSeconds: whole(0, 3600).default(30).describe('how long calls may go on after SIGTERM'),
  origins: z
    .array(z.string().min(1).max(256))
    .max(64)
    .default([])
    .describe('origins whose pages may connect beside its own; * for every one'),
  tokens: z.array(z.string().min(16).max(256)).max(1024).default([]).describe('bearer tokens, one of which a caller must show'),
  tlsCert: z.string().optional().describe('certificate chain, PEM'),
  tlsKey: z.string().optional().describe('private key, PEM'),
  page: z.boolean().default(true).describe('no page for browsers at /'),
  handshake: z.enum(['python', 'rust']).default('python').describe("form of the first message: the Python or the Rust server's"),
  lookahead: z
    .enum(['20ms', 'frame'])
    .default('20ms')
    .describe('how far the encoder looks ahead: 20ms, or a frame (95 ms) for more bits'),
  bitrate: whole(6000, 128000).default(32000).describe('Opus bit rate of the voice'),
  complexity: whole(0, 10).default(5).describe('Opus complexity'),
  logLevel: z.enum(LOG_LEVELS).default('info').describe('least level of the log lines on standard error'),
});

/** Options as they are given: some, and numbers may be text. */
export type GivenOptions = { readonly [K in keyof ServerOptions]?: unknown };

/** One option, for a command line's help. */
export interface OptionHelp {
  readonly name: keyof ServerOptions;
  readonly help: string;
  /** May be given several times. */
  readonly many: boolean;
  /** Takes no value: it is there, and `help` says what it is without. */
  readonly flag: boolean;
  readonly fallback: string | null;
}

const DEFAULTS = SCHEMA.parse({});

export const OPTION_HELP: readonly OptionHelp[] = Object.entries(SCHEMA.shape).map(([key, schema]) => {
  const name = key as keyof ServerOptions;
  const value = DEFAULTS[name];
  const many = Array.isArray(value);
  const flag = typeof value === 'boolean';
  const fallback = many || flag || value === undefined ? null : String(value);
  return { name, help: schema.description ?? '', many, flag, fallback };
});

/** Fills in defaults and checks. Throws ServerError `server-bad-option`, naming the option. */
export function parseOptions(options: GivenOptions): ServerOptions {
  const parsed = SCHEMA.safeParse(options);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new ServerError('server-bad-option', `${issue.path.join('.')}: ${issue.message}`);
  }
  const { engine, upstream, weights, randomWeights, tlsCert, tlsKey } = parsed.data;
  if (engine === 'relay' && upstream === undefined) throw new ServerError('server-bad-option', 'upstream: the relay needs one');
  if (engine === 'moshi' && (weights === undefined) === (randomWeights === undefined))
    throw new ServerError('server-bad-option', 'weights: the model needs either its files or randomWeights');
  if ((tlsCert === undefined) !== (tlsKey === undefined))
    throw new ServerError('server-bad-option', 'tlsCert and tlsKey go together');
  return parsed.data;
}
