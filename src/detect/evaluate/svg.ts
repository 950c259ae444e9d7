import type { Point } from './metrics.js';

/** Colours of lines, readable by colour-blind eyes (Okabe & Ito), in the order lines are given. */
const COLOURS: readonly string[] = ['#888888', '#e69f00', '#0072b2', '#009e73', '#cc79a7', '#d55e00'];
const WIDTH = 460;
const HEIGHT = 320;
const LEFT = 52;
const BOTTOM = 40;
const TOP = 12;
const RIGHT = 12;

export interface PlotLine {
  readonly name: string;
  readonly points: readonly Point[];
}

export interface PlotOptions {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  /** Range of x; y is always 0 to 1. */
  readonly from: number;
  readonly to: number;
  /** x on a logarithmic scale; `from` must be above 0. */
  readonly log?: boolean;
}

/** Text safe inside HTML and SVG, in attributes too. */
export const escapeText = (s: string): string =>
  s.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const short = (x: number): string => String(Number(x.toPrecision(3)));

/** One line plot as an SVG element with its legend; y from 0 to 1. */
export function linePlot(lines: readonly PlotLine[], o: PlotOptions): string {
  const scale = (x: number): number =>
    o.log
      ? (Math.log(Math.max(x, o.from)) - Math.log(o.from)) / (Math.log(o.to) - Math.log(o.from))
      : (x - o.from) / (o.to - o.from || 1);
  const px = (x: number): string => (LEFT + Math.min(1, Math.max(0, scale(x))) * (WIDTH - LEFT - RIGHT)).toFixed(1);
  const py = (y: number): string => (TOP + (1 - Math.min(1, Math.max(0, y))) * (HEIGHT - TOP - BOTTOM)).toFixed(1);
  const out: string[] = [
    `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-label="${escapeText(o.title)}">`,
  ];
  for (let i = 0; i <= 4; i++) {
    const y = i / 4;
    const x = o.log ? o.from * (o.to / o.from) ** y : o.from + (o.to - o.from) * y;
    out.push(`<line class="grid" x1="${LEFT}" y1="${py(y)}" x2="${WIDTH - RIGHT}" y2="${py(y)}"/>`);
    out.push(`<line class="grid" x1="${px(x)}" y1="${TOP}" x2="${px(x)}" y2="${HEIGHT - BOTTOM}"/>`);
    out.push(`<text x="${LEFT - 6}" y="${py(y)}" text-anchor="end" dominant-baseline="middle">${y}</text>`);
    out.push(`<text x="${px(x)}" y="${HEIGHT - BOTTOM + 14}" text-anchor="middle">${short(x)}</text>`);
  }
  out.push(`<text x="${(LEFT + WIDTH) / 2}" y="${HEIGHT - 6}" text-anchor="middle">${escapeText(o.x)}</text>`);
  out.push(
    `<text transform="rotate(-90 12 ${HEIGHT / 2})" x="12" y="${HEIGHT / 2}" text-anchor="middle">${escapeText(o.y)}</text>`,
  );
  lines.forEach((line, i) => {
    const points = line.points.filter((p) => !Number.isNaN(p.y)).map((p) => `${px(p.x)},${py(p.y)}`);
    out.push(
      `<polyline fill="none" stroke="${COLOURS[i % COLOURS.length]}" stroke-width="1.6" points="${points.join(' ')}"/>`,
    );
  });
  out.push('</svg>');
  const legend = lines.map(
    (l, i) => `<span><i style="background:${COLOURS[i % COLOURS.length]}"></i>${escapeText(l.name)}</span>`,
  );
  return `<figure><figcaption>${escapeText(o.title)}</figcaption>${out.join('')}<div class="legend">${legend.join('')}</div></figure>`;
}

/** A correlation matrix as coloured squares: blue negative, red positive. */
export function heatMap(names: readonly string[], matrix: readonly (readonly number[])[], title: string): string {
  const cell = 11;
  const side = names.length * cell;
  const label = 150;
  const out = [
    `<svg viewBox="0 0 ${side + label} ${side + 4}" width="${side + label}" height="${side + 4}" role="img" aria-label="${escapeText(title)}">`,
  ];
  matrix.forEach((row, i) => {
    out.push(
      `<text x="${label - 4}" y="${i * cell + cell - 2}" text-anchor="end">${escapeText(names[i].slice(0, 24))}</text>`,
    );
    row.forEach((r, j) => {
      const fade = Math.round(255 * (1 - Math.min(1, Math.abs(r))));
      const fill = r >= 0 ? `rgb(255,${fade},${fade})` : `rgb(${fade},${fade},255)`;
      out.push(
        `<rect x="${label + j * cell}" y="${i * cell}" width="${cell}" height="${cell}" fill="${fill}"><title>${escapeText(`${names[i]}, ${names[j]}: ${r}`)}</title></rect>`,
      );
    });
  });
  return `<figure><figcaption>${escapeText(title)}</figcaption>${out.join('')}</svg></figure>`;
}
