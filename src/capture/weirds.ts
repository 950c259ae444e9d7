/** Oddities of capture files. */
export const captureWeirds = {
  cut: { id: 'file.cut', text: 'A capture file ends inside a record.', action: 'count' },
  damaged: {
    id: 'file.damaged',
    text: 'A capture file contradicts itself; the rest of it is not read.',
    action: 'count',
  },
} as const;
