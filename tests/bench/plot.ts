// Plots as SVG files: logarithmic axes, lines with points, nothing to load. Colours hold on light and dark pages.

export interface Line {
  readonly name: string;
  /** x and y, both above 0. */
  readonly points: readonly (readonly [number, number])[];
}

export interface Plot {
  readonly title: string;
  readonly x: string;
  readonly y: string;
  readonly lines: readonly Line[];
}

const WIDTH = 640;
const HEIGHT = 400;
const LEFT = 70;
const RIGHT = 20;
const TOP = 40;
const BOTTOM = 55;
const COLOURS = ['#0969da', '#bc4c00', '#1a7f37', '#8250df', '#bf3989'];
const INK = '#6e7781';

const escaped = (s: string): string => s.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
const label = (n: number): string => (n >= 1 ? n.toLocaleString('en') : String(Number(n.toPrecision(1))));

/** Whole decades around values. */
function decades(values: readonly number[]): [number, number] {
  const from = Math.floor(Math.log10(Math.min(...values)));
  return [from, Math.max(from + 1, Math.ceil(Math.log10(Math.max(...values))))];
}

/** A plot with logarithmic axes as the text of an SVG file. */
export function svg(p: Plot): string {
  const points = p.lines.flatMap((l) => l.points);
  const [x0, x1] = decades(points.map(([x]) => x));
  const [y0, y1] = decades(points.map(([, y]) => y));
  const atX = (x: number): number => LEFT + ((Math.log10(x) - x0) / (x1 - x0)) * (WIDTH - LEFT - RIGHT);
  const atY = (y: number): number => HEIGHT - BOTTOM - ((Math.log10(y) - y0) / (y1 - y0)) * (HEIGHT - TOP - BOTTOM);
  const out = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12" fill="${INK}">`,
    `<title>${escaped(p.title)}</title>`,
    `<text x="${WIDTH / 2}" y="20" text-anchor="middle" font-size="14">${escaped(p.title)}</text>`,
    `<text x="${WIDTH / 2}" y="${HEIGHT - 12}" text-anchor="middle">${escaped(p.x)}</text>`,
    `<text transform="translate(16 ${HEIGHT / 2}) rotate(-90)" text-anchor="middle">${escaped(p.y)}</text>`,
  ];
  const rule = (a: number, b: number, c: number, d: number): string =>
    `<line x1="${a.toFixed(1)}" y1="${b.toFixed(1)}" x2="${c.toFixed(1)}" y2="${d.toFixed(1)}" stroke="${INK}" stroke-opacity="0.25"/>`;
  for (let e = x0; e <= x1; e++) {
    const x = atX(10 ** e);
    out.push(rule(x, TOP, x, HEIGHT - BOTTOM));
    out.push(`<text x="${x.toFixed(1)}" y="${HEIGHT - BOTTOM + 16}" text-anchor="middle">${label(10 ** e)}</text>`);
  }
  for (let e = y0; e <= y1; e++) {
    const y = atY(10 ** e);
    out.push(rule(LEFT, y, WIDTH - RIGHT, y));
    out.push(`<text x="${LEFT - 6}" y="${(y + 4).toFixed(1)}" text-anchor="end">${label(10 ** e)}</text>`);
  }
  p.lines.forEach((l, i) => {
    const colour = COLOURS[i % COLOURS.length];
    const places = l.points.map(([x, y]) => [atX(x).toFixed(1), atY(y).toFixed(1)] as const);
    out.push(
      `<polyline points="${places.map((q) => q.join(',')).join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`,
      ...places.map(([x, y]) => `<circle cx="${x}" cy="${y}" r="3.5" fill="${colour}"/>`),
      `<text x="${LEFT + 12}" y="${TOP + 18 + 16 * i}" fill="${colour}">${escaped(l.name)}</text>`,
    );
  });
  return `${out.join('\n')}\n</svg>\n`;
}

/** Slope of a line through the logarithms: 0 constant, 1 linear. */
export function slope(points: readonly (readonly [number, number])[]): number {
  return fit(points.map(([x, y]) => [Math.log10(x), Math.log10(y)])).slope;
}

/** Least squares, with the standard error of the slope. */
export function fit(points: readonly (readonly [number, number])[]): { slope: number; at0: number; error: number } {
  const n = points.length;
  const mx = points.reduce((s, [x]) => s + x, 0) / n;
  const my = points.reduce((s, [, y]) => s + y, 0) / n;
  const sxx = points.reduce((s, [x]) => s + (x - mx) ** 2, 0);
  const k = points.reduce((s, [x, y]) => s + (x - mx) * (y - my), 0) / sxx;
  const at0 = my - k * mx;
  const left = points.reduce((s, [x, y]) => s + (y - at0 - k * x) ** 2, 0);
  return { slope: k, at0, error: n > 2 ? Math.sqrt(left / (n - 2) / sxx) : Number.NaN };
}
