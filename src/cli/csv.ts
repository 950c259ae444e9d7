/** One CSV record (RFC 4180). A field that a spreadsheet would take for a formula is made text (CWE-1236). */
export function csvLine(fields: readonly (string | number | null)[]): string {
  return fields
    .map((f) => {
      const text = f === null ? '' : String(f);
      const safe = typeof f === 'string' && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
      return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
    })
    .join(',');
}

/** Columns of text, each as wide as its widest cell; the last one is not padded. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const width = head.map((h, i) => Math.max(h.length, ...rows.map((r) => r[i].length)));
  return [head, ...rows].map((r) =>
    r
      .map((c, i) => (i === r.length - 1 ? c : c.padEnd(width[i])))
      .join('  ')
      .trimEnd(),
  );
}
