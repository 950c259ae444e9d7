/** Expressions by the name they look for: the same few are asked for with every message. */
const fields = new Map<string, RegExp>();
const elements = new Map<string, RegExp>();

function compiled(known: Map<string, RegExp>, name: string, make: () => RegExp): RegExp {
  let re = known.get(name);
  if (re === undefined) {
    re = make();
    known.set(name, re);
  }
  return re;
}

/** The value of a header field (RFC 9110 5.6, any case), '' absent. `name` is the program's own word, never traffic's. */
export function headerValue(text: string, name: string): string {
  const m = compiled(fields, name, () => new RegExp(`\\r\\n${name}:[ \\t]*([^\\r\\n]*)`, 'i')).exec(text);
  return m === null ? '' : m[1].trim();
}

/** Text of an XML element by its local name, '' absent; bounded and without a parser: only short leaf elements are read. */
export function xmlText(xml: string, name: string): string {
  const make = (): RegExp => new RegExp(`<(?:[A-Za-z0-9_.-]{1,20}:)?${name}(?:\\s[^<>]{0,400})?>([^<]{0,400})<`);
  const m = compiled(elements, name, make).exec(xml);
  return m === null ? '' : m[1].trim();
}
