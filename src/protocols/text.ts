/** The value of a header field (RFC 9110 5.6, any case), '' absent. */
export function headerValue(text: string, name: string): string {
  const m = new RegExp(`\\r\\n${name}:[ \\t]*([^\\r\\n]*)`, 'i').exec(text);
  return m === null ? '' : m[1].trim();
}

/** Text of an XML element by its local name, '' absent; bounded and without a parser: only short leaf elements are read. */
export function xmlText(xml: string, name: string): string {
  const m = new RegExp(`<(?:[A-Za-z0-9_.-]{1,20}:)?${name}(?:\\s[^<>]{0,400})?>([^<]{0,400})<`).exec(xml);
  return m === null ? '' : m[1].trim();
}
