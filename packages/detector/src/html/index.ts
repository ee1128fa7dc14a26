/** Reports for people: a timeline of states drawn over the waveform, as one HTML file without scripts or outside links. */
import type { ChannelReport, Finding } from '../report.ts';
import { sessionWords } from '../session-words.ts';

/** One recording in a report. */
export interface ReportSection {
  readonly title: string;
  readonly note: string;
  readonly samples: Float32Array;
  readonly sampleRate: number;
  readonly report: ChannelReport;
  /** Recordings to listen to, relative to the report. */
  readonly audio?: readonly { readonly label: string; readonly file: string }[];
  /** Facts to list under the picture. */
  readonly facts?: readonly string[];
  /** A verdict in words, and whether it is what should have come out. */
  readonly verdict?: { readonly text: string; readonly good: boolean };
}

const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[c]!);

const WIDTH = 1000;
const HEIGHT = 120;
const COLOURS: Record<string, string> = {
  live: '#1a7f37',
  attested: '#1a7f37',
  claimed: '#9a6700',
  stale: '#bc4c00',
  conflict: '#cf222e',
  revoked: '#8250df',
  absent: '#6e7781',
};

function waveform(samples: Float32Array): string {
  const points: string[] = [];
  const per = Math.max(1, samples.length / WIDTH);
  let most = 1e-3;
  for (const v of samples) if (Math.abs(v) > most) most = Math.abs(v);
  for (let x = 0; x < WIDTH; x++) {
    let top = 0;
    for (let i = Math.floor(x * per); i < (x + 1) * per && i < samples.length; i++) top = Math.max(top, Math.abs(samples[i]));
    const h = (top / most) * (HEIGHT / 2 - 6);
    points.push(`M${x} ${(HEIGHT / 2 - h).toFixed(1)}V${(HEIGHT / 2 + h).toFixed(1)}`);
  }
  return `<path d="${points.join('')}" stroke="#57606a" stroke-width="1" fill="none"/>`;
}

function picture(section: ReportSection): string {
  const seconds = Math.max(0.01, section.samples.length / section.sampleRate);
  const x = (t: number): number => Math.max(0, Math.min(WIDTH, (t / seconds) * WIDTH));
  const box = (from: number, to: number, colour: string, title: string, y: number, h: number, opacity: number): string =>
    `<rect x="${x(from).toFixed(1)}" y="${y}" width="${Math.max(1, x(to) - x(from)).toFixed(1)}" height="${h}" fill="${colour}" fill-opacity="${opacity}"><title>${escapeHtml(title)}</title></rect>`;
  const spans = section.report.spans.map((s) => {
    const title = `${s.state} ${s.startSeconds.toFixed(1)}–${s.endSeconds.toFixed(1)} s, content ${s.content}`;
    const claimed =
      s.firstVerifiedSeconds !== null
        ? box(s.startSeconds, s.firstVerifiedSeconds, '#9a6700', 'heard before it was verified', HEIGHT, 5, 0.7)
        : '';
    return (
      box(s.startSeconds, s.endSeconds, COLOURS[s.state], title, 0, HEIGHT, 0.18) +
      box(s.startSeconds, s.endSeconds, COLOURS[s.state], title, HEIGHT, 10, 1) +
      claimed
    );
  });
  const marks = [...section.report.findings, ...section.report.spans.flatMap((s) => s.findings)]
    .filter((f) => f.startSeconds !== undefined)
    .map((f) => box(f.startSeconds!, f.endSeconds ?? f.startSeconds! + 0.3, '#cf222e', f.code, 0, 7, 0.9));
  const step = [1, 2, 5, 10, 30, 60, 300, 600].find((s) => seconds / s <= 14) ?? 1800;
  const ticks: string[] = [];
  for (let t = 0; t <= seconds; t += step)
    ticks.push(`<text x="${x(t).toFixed(1)}" y="${HEIGHT + 26}" font-size="11" fill="#57606a">${t} s</text>`);
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT + 30}" role="img" aria-label="timeline of ${escapeHtml(section.title)}">${waveform(section.samples)}${spans.join('')}${marks.join('')}${ticks.join('')}</svg>`;
}

const findingText = (f: Finding): string =>
  `<code>${escapeHtml(f.code)}</code>${f.startSeconds !== undefined ? ` ${f.startSeconds.toFixed(1)}–${(f.endSeconds ?? f.startSeconds).toFixed(1)} s` : ''}${f.detail ? ` ${escapeHtml(f.detail)}` : ''}`;

function table(report: ChannelReport): string {
  const rows = report.spans.map(
    (
      s,
    ) => `<tr><td><b style="color:${COLOURS[s.state]}">${s.state}</b></td><td>${s.startSeconds.toFixed(2)}–${s.endSeconds.toFixed(2)} s</td>
<td>${s.content}</td><td>${escapeHtml(s.issuer ?? '–')}</td><td>${escapeHtml(s.agent ?? '–')}</td><td>${escapeHtml(s.scope.join(' ') || '–')}</td><td><code>${s.sessionId ?? '–'}</code></td>
<td>${s.firstClaimedSeconds?.toFixed(1) ?? '–'} / ${s.firstVerifiedSeconds?.toFixed(1) ?? '–'}</td><td>${s.falseAlarmProbability < 1e-30 ? '&lt; 1e-30' : s.falseAlarmProbability.toExponential(0)}</td><td>${s.findings.map(findingText).join('<br>')}</td></tr>`,
  );
  const head =
    '<tr><th>state<th>span<th>content<th>issuer<th>agent<th>scope<th>session<th>claimed / verified at<th>false alarm ≤<th>findings';
  const body =
    rows.length > 0
      ? `<table>${head}${rows.join('')}</table>`
      : '<p>No mark was found. That proves nothing: marks can be removed, and most speech carries none.</p>';
  const found = report.findings.length > 0 ? `<p>Findings: ${report.findings.map(findingText).join('; ')}</p>` : '';
  const sessions = report.sessions.map((session) => `<li>${escapeHtml(sessionWords(session))}</li>`);
  const known = sessions.length > 0 ? `<ul>${sessions.join('')}</ul>` : '';
  return `${body}${known}${found}<p>Speech ${report.speechSeconds.toFixed(1)} s, of it unmarked ${report.unmarkedSpeechSeconds.toFixed(1)} s.</p>`;
}

/** The whole page. */
export function renderReport(title: string, intro: string, sections: readonly ReportSection[]): string {
  const body = sections.map(
    (
      s,
    ) => `<section><h2>${escapeHtml(s.title)}${s.verdict ? ` <span class="${s.verdict.good ? 'good' : 'bad'}">${escapeHtml(s.verdict.text)}</span>` : ''}</h2><p>${escapeHtml(s.note)}</p>${picture(s)}
${(s.audio ?? []).map((a) => `<label>${escapeHtml(a.label)} <audio controls preload="none" src="${escapeHtml(a.file)}"></audio></label>`).join(' ')}
${(s.facts ?? []).length > 0 ? `<ul>${s.facts!.map((f) => `<li>${escapeHtml(f)}</li>`).join('')}</ul>` : ''}${table(s.report)}</section>`,
  );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(title)}</title>
<style>body{font:15px/1.5 system-ui,sans-serif;max-width:1060px;margin:2rem auto;padding:0 1rem;color:#1f2328;background:#fff}svg{width:100%;background:#f6f8fa;border-radius:6px}
table{border-collapse:collapse;font-size:13px;width:100%;margin:.5rem 0}td,th{border-bottom:1px solid #d0d7de;padding:.25rem .4rem;text-align:left;vertical-align:top}
section{margin:2.5rem 0}h2{font-size:1.15rem}.good{color:#1a7f37}.bad{color:#cf222e}label{margin-right:1rem;font-size:13px}audio{height:28px;vertical-align:middle}
.key b{padding:0 .5rem;color:#fff;border-radius:4px;font-weight:500}</style>
<h1>${escapeHtml(title)}</h1><p>${escapeHtml(intro)}</p>
<p class="key">${['attested', 'claimed', 'stale', 'conflict'].map((s) => `<b style="background:${COLOURS[s]}">${s === 'attested' ? 'live / attested' : s}</b>`).join(' ')}
A claim is never a proof: only <b style="background:#1a7f37">green</b> is verified. The absence of a mark proves nothing.</p>
${body.join('\n')}</html>
`;
}
