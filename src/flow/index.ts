import { type FlowOptions, Tracker } from './tracker.js';

export { communityId } from './community-id.js';
export { flowSettings } from './settings.js';
export type { FlowOptions } from './tracker.js';
export { FLOW_WEIRDS } from './weirds.js';

/** The flow table with TCP reassembly behind it. */
export function createFlow(options: FlowOptions): Tracker {
  return new Tracker(options);
}
