#!/usr/bin/env node
/** The undertone command. */
import { parseArgs } from 'node:util';
import { CliError, EXIT } from './errors.ts';
import type { RawFormat } from './io.ts';
import type { LogOptions } from './look-up/index.ts';
import { version } from './version.ts';

const USAGE = `undertone ${version}: identity for voice agents, proven by the voice itself

  undertone keygen  --out issuer.jwk [--name NAME]
  undertone embed   IN OUT --issuer issuer.jwk --agent NAME [--claims FILE] [--jwt FILE] [--channel N] [--session FILE] [--force]
  undertone verify  IN --trust issuer.pub.json [--session IN.session.json ...] [--audience ID] [--min-coverage 0..1]
                    [--accept-weak-content] [--search speed] [--status FILE|URL ...] [--json] [--html FILE]
                    [--log KEY --proof FILE|URL ... [--witness KEY ... [--quorum N]]]
  undertone serve   [--port 8998] [--engine demo|relay|moshi] ...      undertone serve --help says all
  undertone revoke  CARD --issuer issuer.jwk --server URL [--suspend | --reinstate]      CARD: its hash, or IN.session.json
  undertone witness --key witness.jwk --name NAME --log KEY ... [--state FILE] [--port 8997]     cosigns transparency logs
  undertone demo    [--out demo-output]
  undertone doctor

IN.session.json: what embed wrote beside it, or what the server's page gave for a call: a session record, or a list of them.
IN and OUT: WAV, FLAC, MP3 (in), Ogg/Opus, M4A (in, with ffmpeg), or - with --format raw --rate HZ [--channels N] (16-bit PCM).
--search speed: where nothing is found, tries speeds and tempos of 0.94 to 1.06 (up to half a minute for each channel).
--status: was the card revoked by the time of the call? A status list's address, or a file with its tokens, kept at the time.
--log, --proof: does this transparency log (its verifier key) hold the session, by a tlog-proof in a file or from the log's address? With
  --witness the time of the call is witnessed where so many (--quorum, all of them unless said) had seen it. What is asked for and cannot be had is not verified.
--json prints one object. verify exits with 0 verified, 2 nothing found, 3 found but not verified, 4 undecodable, 1 wrong usage.
`;

const usage = (message: string): never => {
  throw new CliError('usage', `${message}\n\n${USAGE}`);
};

const need = (value: string | undefined, name: string): string => value ?? usage(`${name} is missing`);

function whole(value: string | undefined, name: string, least: number, most: number): number | undefined {
  if (value === undefined) return undefined;
  const n = Number(value);
  return Number.isInteger(n) && n >= least && n <= most ? n : usage(`${name} must be a whole number from ${least} to ${most}`);
}

async function main(argv: string[]): Promise<number> {
  const [command, ...rest] = argv;
  if (command === undefined || command === 'help' || command === '--help' || command === '-h') {
    process.stdout.write(USAGE);
    return command === undefined ? EXIT.usage : 0;
  }
  if (command === '--version') {
    console.log(version);
    return 0;
  }
  if (command === 'serve') {
    const { serve } = await import('./serve.ts');
    return serve(rest);
  }
  process.on('SIGINT', () => {
    process.stderr.write('\nstopped; nothing half-written is left behind\n');
    process.exit(130);
  });
  const { values, positionals } = parse(rest);
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const raw = rawFormat(values);
  switch (command) {
    case 'keygen': {
      const { keygen } = await import('./keygen.ts');
      const paths = await keygen(need(values.out, '--out'), values.name ?? '');
      console.log(
        values.json
          ? JSON.stringify({ private: paths[0], public: paths[1] })
          : `wrote ${paths[0]} (private, keep it) and ${paths[1]} (public, hand it out)`,
      );
      return 0;
    }
    case 'embed': {
      const [input, output] = [need(positionals[0], 'IN'), need(positionals[1], 'OUT')];
      const { embed } = await import('./embed.ts');
      const channel = whole(values.channel, '--channel', 0, 63);
      const result = await embed({
        input,
        output,
        issuer: need(values.issuer, '--issuer'),
        agent: need(values.agent, '--agent'),
        raw,
        force: values.force ?? false,
        nowMs: Date.now(),
        ...(values.claims ? { claims: values.claims } : {}),
        ...(values.jwt ? { jwt: values.jwt } : {}),
        ...(values.session?.[0] ? { session: values.session[0] } : {}),
        ...(channel === undefined ? {} : { channel }),
      });
      const text = values.json
        ? JSON.stringify(result)
        : `marked ${result.durationSeconds.toFixed(1)} s for ${result.agent}, session ${result.sessionId}: ${result.bitsPerSecond} bit/s carried\nwrote ${result.output} and ${result.session}${result.notices.map((n) => `\nnotice: ${n}`).join('')}`;
      (output === '-' ? process.stderr : process.stdout).write(`${text}\n`);
      return 0;
    }
    case 'verify': {
      const input = need(positionals[0], 'IN');
      const [{ verify }, { sessionBeside }, { printReport, htmlReport }] = [
        await import('./verify.ts'),
        await import('./session-file.ts'),
        await import('./print-report.ts'),
      ];
      const coverage = values['min-coverage'] === undefined ? null : Number(values['min-coverage']);
      if (coverage !== null && !(coverage >= 0 && coverage <= 1)) usage('--min-coverage must be from 0 to 1');
      if (values.search !== undefined && values.search !== 'speed') usage('--search can only be speed');
      const report = await verify({
        input,
        trust: need(values.trust, '--trust'),
        sessions: values.session ?? sessionBeside(input),
        raw,
        acceptWeakContent: values['accept-weak-content'] ?? false,
        minCoverage: coverage,
        searchSpeed: values.search === 'speed',
        status: values.status ?? [],
        log: logOptions(values),
        nowMs: Date.now(),
        ...(values.audience ? { audience: values.audience } : {}),
      });
      if (values.html) await htmlReport(report, values.html);
      printReport(report, values.json ?? false);
      return report.exitCode;
    }
    case 'revoke': {
      const card = need(positionals[0], 'CARD');
      if (values.suspend && values.reinstate) usage('--suspend and --reinstate exclude each other');
      const status = values.suspend ? 'suspended' : values.reinstate ? 'valid' : 'revoked';
      const { revoke } = await import('./revoke.ts');
      const hash = await revoke({
        card,
        issuer: need(values.issuer, '--issuer'),
        server: need(values.server, '--server'),
        status,
      });
      console.log(values.json ? JSON.stringify({ card: hash, status }) : `${hash} is ${status}`);
      return 0;
    }
    case 'witness': {
      const { witness } = await import('./witness.ts');
      return witness({
        key: need(values.key, '--key'),
        name: need(values.name, '--name'),
        logs: values.log ?? usage('--log is missing'),
        state: values.state ?? 'witness-state.json',
        port: whole(values.port, '--port', 0, 65535) ?? 8997,
        host: values.host ?? '127.0.0.1',
      });
    }
    case 'demo': {
      const { demo } = await import('./demo/index.ts');
      return demo({ out: values.out ?? 'demo-output', json: values.json ?? false });
    }
    case 'doctor': {
      const { doctor } = await import('./doctor.ts');
      const checks = await doctor();
      if (values.json) console.log(JSON.stringify(checks));
      else
        for (const c of checks)
          console.log(`${c.ok ? 'ok     ' : c.optional ? 'missing' : 'BROKEN '}  ${c.name.padEnd(12)} ${c.detail}`);
      return checks.every((c) => c.ok || c.optional) ? 0 : 1;
    }
    default:
      return usage(`there is no command ${command}`);
  }
}

type Values = ReturnType<typeof parse>['values'];

function rawFormat(values: Values): RawFormat | null {
  if (values.format === undefined) return null;
  if (values.format !== 'raw') usage('--format knows raw only; files tell their format themselves');
  const rate = whole(need(values.rate, '--rate'), '--rate', 8000, 48000)!;
  return { rate, channels: whole(values.channels, '--channels', 1, 64) ?? 1 };
}

/** What `verify` is told of a transparency log; null when nothing. */
function logOptions(values: Values): LogOptions | null {
  const { log: [log, ...others] = [], proof: proofs = [], witness: witnesses = [] } = values;
  if (others.length > 0) usage('verify asks one log');
  if (log === undefined)
    return proofs.length + witnesses.length > 0 ? usage('--log, the verifier key of the log, is missing') : null;
  if (proofs.length === 0) usage('--proof is missing');
  return { log, proofs, witnesses, quorum: whole(values.quorum, '--quorum', 1, witnesses.length) ?? witnesses.length };
}

function parse(args: string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        out: text,
        name: text,
        issuer: text,
        agent: text,
        claims: text,
        jwt: text,
        channel: text,
        trust: text,
        audience: text,
        html: text,
        session: { type: 'string', multiple: true },
        server: text,
        suspend: flag,
        reinstate: flag,
        key: text,
        log: { type: 'string', multiple: true },
        state: text,
        status: { type: 'string', multiple: true },
        proof: { type: 'string', multiple: true },
        witness: { type: 'string', multiple: true },
        quorum: text,
        port: text,
        host: text,
        format: text,
        rate: text,
        channels: text,
        'min-coverage': text,
        json: flag,
        force: flag,
        'accept-weak-content': flag,
        search: text,
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    return usage((error as Error).message);
  }
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code;
  },
  (error: Error & { code?: string; exitCode?: number }) => {
    const code = error.code ?? 'internal';
    // A name that cannot be written is wrong usage; a file that cannot be read is undecodable.
    const undecodable =
      ['audio-empty', 'audio-undecodable', 'needs-ffmpeg'].includes(code) ||
      (code === 'audio-unsupported' && process.argv[2] === 'verify');
    if (process.argv.includes('--json')) console.log(JSON.stringify({ error: { code, message: error.message } }));
    process.stderr.write(`undertone: ${code}: ${error.message}\n`);
    process.exitCode = undecodable ? EXIT.undecodable : (error.exitCode ?? EXIT.usage);
  },
);
