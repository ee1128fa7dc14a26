// Plain SVG, without scripts: bars of rows, points against a line, curves.
export const escapeText = (text) => String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
const INK = '#1d2b36';
const COLOURS = ['#1f6f8b', '#d98e04', '#7a4988', '#4b8b3b', '#b2402f'];
const text = (x, y, s, more = '') => `<text x="${x}" y="${y}" fill="${INK}" ${more}>${escapeText(s)}</text>`;
const svg = (w, h, inside) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${w} ${h}" width="${w}" font-family="system-ui, sans-serif" font-size="11" role="img">${inside}</svg>`;
/** Names side by side, where they have room. */
const legend = (x, y, names) => {
  const step = Math.min(130, 490 / names.length);
  return names
    .map((n, i) => {
      const at = x + step * i;
      return `<rect x="${at}" y="${y - 9}" width="10" height="10" fill="${COLOURS[i]}"/>${text(at + 14, y, n)}`;
    })
    .join('');
};

/**
 * Horizontal bars.
 * @param rows [{ label, values: [number per series], must?, goFor? }]
 */
export function barPlot(rows, series, unit) {
  const [left, width, step] = [250, 460, 8 + 9 * series.length];
  const most = Math.max(1, ...rows.flatMap((r) => [...r.values, r.goFor ?? 0]).filter(Number.isFinite)) * 1.05;
  const x = (v) => left + (width * v) / most;
  const h = 44 + step * rows.length;
  const ticks = Array.from({ length: 6 }, (_, i) => (most * i) / 5)
    .map(
      (v) =>
        `<line x1="${x(v)}" y1="28" x2="${x(v)}" y2="${h - 14}" stroke="#ddd"/>${text(x(v), h - 2, v.toFixed(most < 5 ? 1 : 0), 'text-anchor="middle"')}`,
    )
    .join('');
  const bars = rows
    .map(({ label, values, must, goFor }, i) => {
      const y = 32 + step * i;
      const mark = (v, dash) =>
        v === undefined
          ? ''
          : `<line x1="${x(v)}" y1="${y - 3}" x2="${x(v)}" y2="${y + step - 6}" stroke="${INK}" stroke-width="1.5" ${dash}/>`;
      return `${text(left - 6, y + 8, label, 'text-anchor="end"')}${values
        .map((v, k) =>
          Number.isFinite(v)
            ? `<rect x="${left}" y="${y + 9 * k}" width="${Math.max(0, x(v) - left)}" height="8" fill="${COLOURS[k]}"/>`
            : '',
        )
        .join('')}${mark(must, '')}${mark(goFor, 'stroke-dasharray="2 2"')}`;
    })
    .join('');
  return svg(
    left + width + 20,
    h,
    `${legend(left, 16, series)}${text(left + width, 16, unit, 'text-anchor="end"')}${ticks}${bars}`,
  );
}

/**
 * Curves on logarithmic or linear axes.
 * @param curves [{ name, points: [[x, y]] }]
 * @param axes { x, y: { label, log, from, to } }
 */
export function curvePlot(curves, axes, { identity = false } = {}) {
  const [w, h, left, bottom] = [560, 360, 60, 40];
  const place = ({ log, from, to }, v, size, start) => {
    const f = log ? Math.log10 : (u) => u;
    return start + (size * (f(v) - f(from))) / (f(to) - f(from));
  };
  const x = (v) => place(axes.x, v, w - left - 20, left);
  const y = (v) => place(axes.y, v, -(h - bottom - 30), h - bottom);
  const marks = ({ log, from, to }) =>
    log
      ? Array.from({ length: Math.round(Math.log10(to / from)) + 1 }, (_, i) => from * 10 ** i)
      : Array.from({ length: 6 }, (_, i) => from + ((to - from) * i) / 5);
  const name = (axis, v) => (axis.log ? (v >= 1 ? v : `1e${Math.round(Math.log10(v))}`) : Number(v.toPrecision(3)));
  const grid = `${marks(axes.x)
    .map(
      (v) =>
        `<line x1="${x(v)}" y1="30" x2="${x(v)}" y2="${h - bottom}" stroke="#ddd"/>${text(x(v), h - bottom + 14, name(axes.x, v), 'text-anchor="middle"')}`,
    )
    .join('')}${marks(axes.y)
    .map(
      (v) =>
        `<line x1="${left}" y1="${y(v)}" x2="${w - 20}" y2="${y(v)}" stroke="#ddd"/>${text(left - 6, y(v) + 4, name(axes.y, v), 'text-anchor="end"')}`,
    )
    .join('')}`;
  const inside = ([a, b]) => a >= axes.x.from && a <= axes.x.to && b >= axes.y.from && b <= axes.y.to;
  const lines = curves
    .map(({ points }, i) => {
      const own = points.filter(inside);
      return `<polyline fill="none" stroke="${COLOURS[i]}" stroke-width="2" points="${own.map(([a, b]) => `${x(a).toFixed(1)},${y(b).toFixed(1)}`).join(' ')}"/>${own
        .map(([a, b]) => `<circle cx="${x(a).toFixed(1)}" cy="${y(b).toFixed(1)}" r="2.5" fill="${COLOURS[i]}"/>`)
        .join('')}`;
    })
    .join('');
  const same = identity
    ? [0.5, 1, 2]
        .map((k) => {
          const [a, b] = [Math.max(axes.x.from, axes.y.from / k), Math.min(axes.x.to, axes.y.to / k)];
          return `<line x1="${x(a)}" y1="${y(a * k)}" x2="${x(b)}" y2="${y(b * k)}" stroke="#888" stroke-dasharray="${k === 1 ? '0' : '4 3'}"/>`;
        })
        .join('')
    : '';
  return svg(
    w,
    h,
    `${legend(
      left,
      16,
      curves.map((c) => c.name),
    )}${grid}${same}${lines}${text((w + left) / 2, h - 6, axes.x.label, 'text-anchor="middle"')}<text transform="rotate(-90)" x="${-(h - bottom) / 2 - 15}" y="14" text-anchor="middle" fill="${INK}">${escapeText(axes.y.label)}</text>`,
  );
}
