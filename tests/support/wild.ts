import fc from 'fast-check';

/** Any text a device on a network may have chosen: every code point, halves of pairs, and much of what formats escape with. */
export const wildText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 }).map((c) => String.fromCharCode(...c)),
  fc.string({
    unit: fc.constantFrom(
      ...'a0 ,=|\\"\'][{}<>/+#$;:%\n\r\t',
      '\u0000',
      '\u0085',
      '\u2028',
      'é',
      '€',
      '😀',
      '\ud800',
      'a=b',
      ',x=1',
      '"} 1\nx',
    ),
    maxLength: 24,
  }),
);
