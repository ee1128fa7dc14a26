/** The table as one self-contained page, with a picture of the worst try of each attack and one for each kind of answer. */
import type { Trial } from '../attack.ts';
import type { Results, Row } from '../results.ts';
import type { Picture } from './picture.ts';

const PICTURES = 4;
const COLOURS: Readonly<Record<string, string>> = {
  absent: '#d0d0d0',
  claimed: '#e2c04a',
  live: '#2e9e5b',
  attested: '#2e9e5b',
  stale: '#b58900',
  conflict: '#c8372d',
  revoked: '#7a3b9a',
};
const [WIDTH, HEIGHT, BAND] = [720, 64, 12];

const escaped = (text: string): string => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

/** The sound above, what was done to it in grey, and the state shown below. */
export function svgOf({ seconds, levels, done, shown }: Picture): string {
  const x = (t: number): string => ((Math.max(0, Math.min(seconds, t)) / seconds) * WIDTH).toFixed(1);
  const wide = (from: number, to: number): string => Math.max(1.5, ((to - from) / seconds) * WIDTH).toFixed(1);
  const bar = WIDTH / levels.length;
  const parts = [
    ...done.map(
      ({ fromSeconds, toSeconds, what }) =>
        `<rect x="${x(fromSeconds)}" y="0" width="${wide(fromSeconds, toSeconds)}" height="${HEIGHT}" fill="#9db7d5" opacity="0.5"><title>${escaped(what)}</title></rect>`,
    ),
    ...levels.map((level, i) => {
      const height = Math.max(1, level * (HEIGHT - 4));
      return `<rect x="${(i * bar).toFixed(1)}" y="${((HEIGHT - height) / 2).toFixed(1)}" width="${(bar * 0.7).toFixed(1)}" height="${height.toFixed(1)}" fill="#4a4a4a"/>`;
    }),
    ...shown.map(
      ({ fromSeconds, toSeconds, state }) =>
        `<rect x="${x(fromSeconds)}" y="${HEIGHT + 2}" width="${wide(fromSeconds, toSeconds)}" height="${BAND}" fill="${COLOURS[state] ?? '#888'}"><title>${escaped(state)}</title></rect>`,
    ),
  ];
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT + BAND + 2}" role="img" aria-label="${escaped(shown.map((band) => band.state).join(', then '))}">${parts.join('')}</svg>`;
}

/** What is worth showing: wrong ones first, then one of each answer. */
function shownTrials(row: Row): readonly Trial[] {
  const seen = new Set<string>();
  const worst = row.trials.filter((trial) => trial.outcome !== 'held');
  return [...worst, ...row.trials]
    .filter((trial) => {
      if (!trial.picture || seen.has(trial.observed)) return false;
      seen.add(trial.observed);
      return true;
    })
    .slice(0, PICTURES);
}

function section(row: Row): string {
  const verdict = row.outcome ?? 'not tried';
  const answers = row.observed.map(({ said, times }) => `<li>${times} × ${escaped(said)}</li>`).join('');
  const pictures = shownTrials(row)
    .map(
      (trial) =>
        `<figure class="${trial.outcome}">${svgOf(trial.picture!)}<figcaption>${escaped(trial.variant)}: ${escaped(trial.observed)}</figcaption></figure>`,
    )
    .join('');
  return `<section id="${row.id}"><h2>${escaped(row.title)} <span class="${verdict}">${verdict}</span></h2>
<p>${escaped(row.how)}</p><table>
<tr><th>expected</th><td>${escaped(row.expected)}</td></tr>
<tr><th>observed</th><td><ul>${answers}</ul></td></tr>
${row.summary === null ? '' : `<tr><th>measured</th><td>${escaped(row.summary)}</td></tr>`}
<tr><th>tries</th><td>${row.tries}: ${row.counts.held} as expected, ${row.counts.missed} missed, ${row.counts.broken} wrongly verified</td></tr>
<tr><th>what remains</th><td>${escaped(row.remains)}</td></tr></table>${pictures}</section>`;
}

const STYLE = `body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222;background:#fff}
table{border-collapse:collapse;width:100%}td,th{text-align:left;vertical-align:top;padding:.2rem .6rem;border-top:1px solid #ddd}th{white-space:nowrap}
ul{margin:0;padding-left:1rem}.held{color:#2e7d4f}.missed{color:#a86b00}.broken{color:#b3261e;font-weight:bold}figure{margin:1rem 0}svg{width:100%;height:auto}
figcaption{font-size:.85rem;color:#555}h2 span{font-size:.8em}@media(prefers-color-scheme:dark){body{color:#ddd;background:#181818}td,th{border-color:#444}figcaption{color:#aaa}}`;

export function renderHtml(results: Results): string {
  const { rows, voices, startedAt, node, seconds, complete } = results;
  const overview = rows
    .map(
      (row) =>
        `<tr><td><a href="#${row.id}">${escaped(row.title)}</a></td><td>${escaped(row.expected)}</td><td>${escaped(row.observed[0]?.said ?? '–')}</td><td>${row.tries}</td><td class="${row.outcome}">${row.outcome ?? 'not tried'}</td></tr>`,
    )
    .join('\n');
  const legend = Object.entries(COLOURS)
    .map(([state, fill]) => `<span style="border-left:1em solid ${fill};padding:0 .8em 0 .3em">${state}</span>`)
    .join('');
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Undertone: attack lab</title><style>${STYLE}</style>
<h1>Undertone: attack lab</h1>
<p>${escaped(startedAt)}, Node ${escaped(node)}, ${seconds.toFixed(0)} s, voices: ${escaped(voices.join(', '))}.${complete ? '' : ' <strong class="broken">Stopped before its end.</strong>'}</p>
<p><strong>The absence of a mark proves nothing</strong>, and no mark survives everybody who wants it gone. What was not tried is not covered.</p>
<table><tr><th>attack</th><th>expected</th><th>observed most</th><th>tries</th><th></th></tr>${overview}</table>
<p>Below the sound: what the verifier showed while it heard it. ${legend}</p>
${rows.map(section).join('\n')}</html>\n`;
}
