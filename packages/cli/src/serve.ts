/** `undertone serve`: the reference server, until it is told to stop. */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  type GivenOptions,
  type Keystore,
  OPTION_HELP,
  type OptionHelp,
  openFileKeystore,
  serve as startServer,
} from '@undertone/reference-server';
import { CliError } from './errors.ts';
import { keygen, publicPath } from './keygen.ts';

const kebab = (name: string): string => name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);

/** An option as it is written: flags are on until they are denied. */
const spelling = ({ name, flag }: OptionHelp): string => (flag ? `no-${kebab(name)}` : kebab(name));

function describe(option: OptionHelp): string {
  const { help, many, fallback } = option;
  const note = many ? '; may be repeated' : fallback === null ? '' : ` (${fallback})`;
  return `  --${spelling(option).padEnd(20)} ${help}${note}`;
}

/** The whole help text. */
export function serveHelp(): string {
  return `undertone serve: a full-duplex voice agent whose voice proves who speaks

  undertone serve [options]

${OPTION_HELP.map(describe).join('\n')}
  --issuer               private key of the issuer, JWK (issuer.jwk in --data, made at the first start); may be repeated: keys to come
                         and retired ones, with nbf and exp in seconds beside the key
  --log-key              private key of the transparency log, JWK (log.jwk in --data, made at the first start)
  --help

Open http://HOST:PORT/ in a browser and talk to it: the page verifies the voice by itself, and lets you try to cheat.
Talk to it with any client of Moshi or PersonaPlex: ws://HOST:PORT/api/chat, all of its query parameters optional; voice_prompt and
text_prompt set voice and role. More of ours: audience=ID makes the card out to a caller, handshake=rust answers as the Rust server
does, metadata=1 sends what is known about the call as messages of type 4. A message of type 4 from the caller,
{"persona": {"voice": …, "role": …}}, changes either during the call. {"session": {"card": hex, "claims": …}} says under
which session a calling agent speaks, so that it is not waited for in its sound; it is checked like any other.

/healthz and /readyz answer orchestrators, /metrics Prometheus, /api/agent says where the verification channel is. SIGTERM and
SIGINT take no new calls and let those in progress end for --drain-seconds; a second signal ends them at once.

Verifiers need the issuer's public key, which lies beside the private one. Absence of a mark proves nothing.
`;
}

function parse(args: string[]): { options: GivenOptions; issuer: string[]; logKey: string | null; help: boolean } {
  const text = { type: 'string' } as const;
  const known = Object.fromEntries(
    OPTION_HELP.map((o) => [spelling(o), o.flag ? { type: 'boolean' as const } : { ...text, multiple: o.many }]),
  );
  try {
    const { values } = parseArgs({
      args,
      options: { ...known, issuer: { ...text, multiple: true }, 'log-key': text, help: { type: 'boolean', short: 'h' } },
    });
    const given = OPTION_HELP.map((option) => {
      const value = (values as Record<string, unknown>)[spelling(option)];
      return [option.name, option.flag && value === true ? false : value];
    });
    return {
      options: Object.fromEntries(given.filter(([, value]) => value !== undefined)),
      issuer: values.issuer ?? [],
      logKey: values['log-key'] ?? null,
      help: values.help ?? false,
    };
  } catch (error) {
    throw new CliError('usage', `${(error as Error).message}\n\n${serveHelp()}`);
  }
}

/** The issuer's keys: the files given, or one in the data folder, which is made when there is none. */
async function keystore(
  files: readonly string[],
  logKey: string | null,
  data: string,
): Promise<{ keys: Keystore; publicFile: string }> {
  await mkdir(data, { recursive: true, mode: 0o700 });
  const paths = files.length > 0 ? files : [join(data, 'issuer.jwk')];
  if (files.length === 0 && !existsSync(paths[0])) await keygen(paths[0], 'Undertone demonstration');
  return {
    keys: await openFileKeystore(paths, logKey ?? join(data, 'log.jwk')),
    publicFile: publicPath(paths[paths.length - 1]),
  };
}

/** Resolves at the first signal to stop; the second ends the process. */
function stopped(): Promise<void> {
  return new Promise((resolve) => {
    let signals = 0;
    const onSignal = (): void => {
      if (++signals > 1) process.exit(130);
      resolve();
    };
    process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  });
}

/** Serves until SIGTERM or SIGINT. @returns the exit code */
export async function serve(args: string[]): Promise<number> {
  const { options, issuer, logKey, help } = parse(args);
  if (help) {
    process.stdout.write(serveHelp());
    return 0;
  }
  const stop = stopped();
  const data = typeof options.data === 'string' ? options.data : OPTION_HELP.find((o) => o.name === 'data')!.fallback!;
  const { keys, publicFile } = await keystore(issuer, logKey, data);
  const server = await startServer(options, keys);
  if (server.page !== null) console.log(`${server.page} is the page: talk to the agent in a browser`);
  console.log(`${server.url.replace(/^http/, 'ws')}/api/chat speaks; verifiers trust ${publicFile}`);
  await stop;
  await server.close();
  return 0;
}
