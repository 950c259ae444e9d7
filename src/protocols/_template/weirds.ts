import type { WeirdDef } from '../../core/index.js';

export const TEMPLATE_WEIRDS = {
  long: { id: 'template.long', text: 'A note longer than the limit.', action: 'count' },
} as const satisfies Record<string, WeirdDef>;
