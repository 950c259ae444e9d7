// The screens for Grafana, as files: path from the project root → text.
import { device } from './device.mjs';
import { dicom } from './dicom.mjs';
import { fleet } from './fleet.mjs';
import { history } from './history.mjs';
import { hl7 } from './hl7.mjs';
import { sensor } from './sensor.mjs';

const SCREENS = { fleet, device, dicom, hl7, sensor, history };

export function dashboards() {
  return Object.fromEntries(
    Object.entries(SCREENS).map(([name, make]) => [`config/grafana/dashboards/${name}.json`, make()]),
  );
}
