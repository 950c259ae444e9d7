import { cleanLevel, type Verdict } from '../../core/index.js';

/** Topic of a verdict under a sensor's root: severity first, so that a pager subscribes `+/+/verdict/critical/#`. */
export function verdictTopic(root: string, v: Verdict): string {
  return `${root}/verdict/${cleanLevel(v.severity)}/${cleanLevel(v.device.type)}/${cleanLevel(v.device.id)}`;
}

/** Topic of a device's retained message. */
export function deviceTopic(root: string, id: string): string {
  return `${root}/device/${cleanLevel(id)}`;
}
