import type { Device, IncidentWords, InventoryChanges, Logger, OperatorWord } from '../core/index.js';
import type { DeviceLog } from '../store/index.js';
import { deviceMessage, KnownDevices } from './devices.js';
import type { IncidentDesk } from './incident-desk.js';
import type { ToSensor } from './messages.js';
import type { Sinks } from './sinks.js';

export interface DeviceDeskOptions {
  readonly logger: Logger;
  readonly incidents: IncidentDesk;
  /** To the sensor at work. */
  readonly send: (m: ToSensor) => void;
}

/** The control process's part in devices: which are known, what the operator said of them, who is told of them. */
export class DeviceDesk {
  devices = new KnownDevices([]);
  words: readonly OperatorWord[] = [];
  readonly #o: DeviceDeskOptions;
  #log: DeviceLog | null = null;
  #sinks: Sinks | null = null;

  constructor(o: DeviceDeskOptions) {
    this.#o = o;
  }

  /** Takes what the disk knows, and whom to tell. */
  start(log: DeviceLog, sinks: Sinks): void {
    this.#log = log;
    this.#sinks = sinks;
    this.devices = new KnownDevices(log.devices);
    this.words = log.words;
    this.tellAll();
  }

  /** Every device to every broker that has not heard of it. */
  tellAll(): void {
    for (const d of this.devices.all()) this.#sinks?.device(d.id, deviceMessage(d));
  }

  /** What the sensor learned of late. */
  inventory(changes: InventoryChanges<Device>): void {
    this.#log?.save(changes);
    for (const d of this.devices.take(changes)) this.#sinks?.device(d.id, deviceMessage(d));
    for (const id of changes.gone) this.#sinks?.device(id, null);
  }

  /** The operator said something: everything he said so far of devices, and of incidents. */
  operator(words: readonly OperatorWord[], incidents: IncidentWords): void {
    const { logger, send } = this.#o;
    if (JSON.stringify(words) !== JSON.stringify(this.words)) {
      this.words = words;
      send({ t: 'operator', words });
      logger.log('notice', 'devices.operator', `the operator's word on ${words.length} devices was taken over`);
    }
    this.#o.incidents.heard(incidents);
    const { acks, mutes, normals } = incidents;
    logger.log(
      'info',
      'incidents.operator',
      `${acks.length} acknowledged, ${mutes.length} muted, ${normals.length} called normal`,
    );
  }
}
