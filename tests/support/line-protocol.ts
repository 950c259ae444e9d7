/** A point as a strict reader of the line protocol takes it. */
export interface Point {
  readonly measurement: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, string | number | boolean>>;
  /** ns since 1970, as text. */
  readonly time: string;
}

/**
 * Reads one line by the rules of InfluxDB's reference: in names and tags `\` escapes comma, equals and space and is itself
 * otherwise; in strings it escapes quote and backslash. Anything else is an error.
 */
export function parsePoint(line: string): Point {
  let at = 0;
  const name = (stops: string): string => {
    let out = '';
    for (; at < line.length && !stops.includes(line[at]); at++) {
      if (line[at] === '\\' && ',= '.includes(line[at + 1] ?? '?')) at++;
      out += line[at];
    }
    if (out === '') throw new Error(`a name is empty at ${at}: ${line}`);
    return out;
  };
  const expect = (c: string): void => {
    if (line[at++] !== c) throw new Error(`no '${c}' at ${at - 1}: ${line}`);
  };
  const put = <T>(into: Record<string, T>, key: string, value: T): void => {
    if (Object.hasOwn(into, key)) throw new Error(`'${key}' twice: ${line}`);
    into[key] = value;
  };
  const string = (): string => {
    expect('"');
    let out = '';
    for (; line[at] !== '"'; at++) {
      if (at >= line.length) throw new Error(`a string does not end: ${line}`);
      if (line[at] === '\\') at++;
      out += line[at];
    }
    at++;
    return out;
  };
  const value = (): string | number | boolean => {
    if (line[at] === '"') return string();
    const text = name(', ');
    if (text === 'true' || text === 'false') return text === 'true';
    if (/^-?\d+i$/.test(text)) return Number(text.slice(0, -1));
    if (/^-?\d+(\.\d+)?([eE][-+]?\d+)?$/.test(text)) return Number(text);
    throw new Error(`'${text}' is no value: ${line}`);
  };
  if (/[\r\n]/.test(line)) throw new Error('a line break');
  const measurement = name(', ');
  const tags: Record<string, string> = {};
  while (line[at] === ',') {
    at++;
    const key = name('=');
    expect('=');
    put(tags, key, name(', '));
  }
  expect(' ');
  const fields: Record<string, string | number | boolean> = {};
  do {
    const key = name('=');
    expect('=');
    put(fields, key, value());
  } while (line[at++] === ',');
  at--;
  expect(' ');
  const time = line.slice(at);
  if (!/^\d{19}$/.test(time)) throw new Error(`'${time}' is no time in ns`);
  return { measurement, tags, fields, time };
}
