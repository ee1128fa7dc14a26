// The matrix as one HTML page that needs nothing else.
import { barPlot, escapeText } from './plots.mjs';
import { BIT_BARS } from './summary.mjs';

const number = (v, digits = 1) => (typeof v === 'number' ? v.toFixed(digits) : v === 'Infinity' ? 'never' : '–');
const table = (head, rows) =>
  `<table><thead><tr>${head.map((h) => `<th>${escapeText(h)}</th>`).join('')}</tr></thead><tbody>${rows
    .map((r) => `<tr>${r.map((c, i) => `<td${i ? ' class="n"' : ''}>${escapeText(c)}</td>`).join('')}</tr>`)
    .join('')}</tbody></table>`;

const HEAD = [
  'channel',
  'bit/s',
  '20 ms',
  'frames',
  'bit errors',
  'info per bit',
  '20 ms',
  'locator s',
  'p90',
  'found',
  'present s',
  'p90',
];
const line = ({ title, frame = {}, twentyMs = {} }) => [
  title,
  number(frame.bitsPerVoicedSecond),
  number(twentyMs.bitsPerVoicedSecond),
  number(frame.frameSuccess, 2),
  number(frame.codedBitErrors, 3),
  number(frame.informationPerCodedBit, 2),
  number(twentyMs.informationPerCodedBit, 2),
  number(frame.locatorVoicedSeconds?.median),
  number(frame.locatorVoicedSeconds?.p90),
  number(frame.locatorsFound, 2),
  number(frame.presenceVoicedSeconds?.median),
  number(frame.presenceVoicedSeconds?.p90),
];

const PEER_FIGURE = { audiowmark: 'found', aware: 'found', perth: 'found' };

function peersTable({ rows, quality }) {
  const names = Object.keys(PEER_FIGURE).filter((n) => rows.some((r) => r[n]?.clips));
  if (names.length === 0) return '';
  const q = table(
    ['', 'PESQ-WB', 'ViSQOL', 'SNR dB', 'clips'],
    Object.entries(quality).map(([mode, v]) => [
      mode === 'frame' || mode === '20ms' ? `Undertone, ${mode}` : mode,
      number(v.pesq, 2),
      number(v.visqol, 2),
      number(v.snrDb),
      v.clips,
    ]),
  );
  return `<h2>Beside other watermarks</h2><p>Each at its own settings, on the first 30 s of the same clips. audiowmark: share of clips whose 128 bits came back exactly. AWARE: share whose 20 bits came back
exactly, and bit errors. Perth: share with a score over 0.5; it carries no bits. Undertone: share of listeners who read the locator, 48 checked bits, in the clip.</p>${q}${table(
    ['channel', 'Undertone: locator read', ...names.flatMap((n) => (n === 'aware' ? [n, 'bit errors'] : [n]))],
    rows.map((r) => [
      r.title,
      number(r.frame?.locatorsFound, 2),
      ...names.flatMap((n) => (n === 'aware' ? [number(r[n]?.found, 2), number(r[n]?.bitErrors, 2)] : [number(r[n]?.found, 2)])),
    ]),
  )}`;
}

/** @param result what main.mjs writes as JSON, parsed again */
export function page(result) {
  const { rows, bars, quality, notRun } = result;
  const groups = [...new Set(rows.map((r) => r.group))];
  const limits = new Map(BIT_BARS.map(([bar, , must, goFor]) => [bar, { must, goFor }]));
  const plot = (group) =>
    barPlot(
      rows
        .filter((r) => r.group === group && r.frame?.clips)
        .map((r) => ({
          label: r.title,
          values: [r.frame.bitsPerVoicedSecond, r.twentyMs?.bitsPerVoicedSecond],
          ...(limits.get(r.bar) ?? {}),
        })),
      ['frame mode', '20 ms mode'],
      'useful bits per voiced second',
    );
  const q = Object.entries(quality).map(
    ([mode, v]) =>
      `${mode}: PESQ-WB ${number(v.pesq, 2)}, ViSQOL ${number(v.visqol, 2)}, SNR ${number(v.snrDb)} dB (${v.clips} clips)`,
  );
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Undertone: the channel matrix</title>
<style>body{font:15px/1.5 system-ui,sans-serif;color:#1d2b36;max-width:64rem;margin:2rem auto;padding:0 1rem}table{border-collapse:collapse;font-size:13px;margin:1rem 0}td,th{padding:2px 8px;border-bottom:1px solid #ddd;text-align:left}.n{text-align:right;font-variant-numeric:tabular-nums}svg{max-width:100%;height:auto}</style>
<h1>The channel matrix</h1>
<p>${escapeText(result.date)}, ${result.clips.length} clips of ${number(result.clipSeconds, 0)} s (${escapeText([...new Set(result.clips)].join(', '))}), Node ${escapeText(result.node)}, ${escapeText(result.cpu)}. Clips start with a session; one configuration for all rows.
Voiced: 80 ms frames within 25 dB of the active level. Useful bits: bodies (48, of double frames 96) of accepted frames, both lanes, by a receiver that knows the session and holds the disclosed keys. Bit errors: coded bits that speech carries and the receiver heard. Information: 1 − log2(1 + e^−xℓ) of
all of them, unheard ones counting nothing. Locator: from a cold start, nothing known, listeners at 0, 0.7 and 1.9 s. Present: chip search alone, alarmed once a day on unmarked sound. Lines in the plots: bar, and goal (dashed).</p>
<p>${q.map(escapeText).join('<br>')}</p>
<h2>Bars</h2>${table(
    ['', 'bar', 'goal', 'measured', ''],
    bars.map((b) => [b.what, `${b.must} ${b.unit}`, b.goFor, number(b.value, 2), b.verdict]),
  )}
${groups.map((g) => `<h2>${escapeText(g[0].toUpperCase() + g.slice(1))}</h2>${plot(g)}${table(HEAD, rows.filter((r) => r.group === g).map(line))}`).join('')}
${peersTable(result)}
<h2>Not run</h2>${table(['what', 'why'], notRun)}
</html>
`;
}
