/** A verification report in the terminal, as JSON, or as a page. */

import { sessionWords } from '@undertone/detector';
import { renderReport } from '@undertone/detector/html';
import { writeBytes } from './io.ts';
import type { VerifyReport } from './verify.ts';

const VERDICTS: Record<number, string> = {
  0: 'VERIFIED',
  2: 'NOTHING FOUND: no mark was found, which proves nothing',
  3: 'NOT VERIFIED: a mark was found, and it, or what was asked of it, could not be verified',
};

/** Prints for a reader or a script. */
export function printReport(report: VerifyReport, json: boolean): void {
  const { samples: _samples, ...rest } = report;
  if (json) {
    console.log(JSON.stringify(rest));
    return;
  }
  console.log(
    `${report.file}: ${report.durationSeconds.toFixed(1)} s, ${report.format}, ${report.sampleRate} Hz${report.truncated ? ', cut off' : ''}`,
  );
  for (const c of report.channels) {
    if (report.channels.length > 1) console.log(`channel ${c.channel}: ${c.state}`);
    for (const s of c.spans) {
      const who = s.issuer ? `${s.agent ?? 'an agent'} of ${s.issuer}` : `session ${s.sessionId ?? 'unknown'}`;
      console.log(
        `  ${s.startSeconds.toFixed(2)}–${s.endSeconds.toFixed(2)} s  ${s.state}, content ${s.content}: ${who}${s.scope.length > 0 ? ` [${s.scope.join(' ')}]` : ''}`,
      );
      for (const f of s.findings)
        console.log(
          `    ${f.code}${f.startSeconds === undefined ? '' : ` ${f.startSeconds.toFixed(1)} s`}${f.detail ? `: ${f.detail}` : ''}`,
        );
    }
    for (const session of c.sessions) console.log(`  ${sessionWords(session)}`);
    for (const f of c.findings)
      console.log(
        `  ${f.code}${f.startSeconds === undefined ? '' : ` ${f.startSeconds.toFixed(1)}–${(f.endSeconds ?? f.startSeconds).toFixed(1)} s`}${f.detail ? `: ${f.detail}` : ''}`,
      );
    console.log(`  speech ${c.speechSeconds.toFixed(1)} s, unmarked ${c.unmarkedSpeechSeconds.toFixed(1)} s`);
  }
  console.log(VERDICTS[report.exitCode]);
  console.log('Absence of a mark proves nothing; a claim is not a proof.');
}

/** Writes the report as a page. */
export async function htmlReport(report: VerifyReport, path: string): Promise<void> {
  const sections = report.channels.map((channel, i) => ({
    title: `Channel ${i}`,
    note: `${report.durationSeconds.toFixed(1)} s at ${report.sampleRate} Hz`,
    samples: report.samples?.[i] ?? new Float32Array(1),
    sampleRate: report.sampleRate,
    report: channel,
    verdict: { text: channel.state, good: channel.state === 'attested' },
  }));
  const trust = report.trust.map((t) => `${t.issuer} (${t.kid})`).join(', ');
  await writeBytes(
    path,
    renderReport(
      report.file,
      `${VERDICTS[report.exitCode]}. SHA-256 ${report.fileSha256}. Trusted: ${trust}. ${report.tool}.`,
      sections,
    ),
  );
}
