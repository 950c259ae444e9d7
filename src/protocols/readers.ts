import { AppProto, type KeepUnfinished, type ProtocolContext } from '../core/index.js';
import { FILE_WEIRDS } from './dicom-file.js';
import { HttpReader } from './http/reader.js';
import { MqttReader, registerMqttWeirds } from './mqtt/index.js';
import type { ServiceReaders } from './services/index.js';
import { SmbReader } from './smb/index.js';
import { Teller } from './teller.js';

/** The protocols behind services recognised by their first bytes: one line a protocol. */
export function createReaders(ctx: ProtocolContext): ServiceReaders {
  const tell = new Teller(ctx);
  const mqtt = registerMqttWeirds(ctx);
  const weird = ctx.weirds.register(FILE_WEIRDS.executable);
  const mqttLost = ctx.unfinished.protocol('mqtt');
  const httpLost = ctx.unfinished.protocol('http');
  const keep =
    (slot: number, lost: number): KeepUnfinished =>
    (owner) =>
      ctx.unfinished.open(slot, lost, owner);
  const executable = (slot: number) => (tsUs: number) => ctx.weirds.hit(weird, slot, tsUs);
  return {
    [AppProto.Http]: (slot) =>
      new HttpReader({ ctx, tell, slot, keep: keep(slot, httpLost), executable: executable(slot) }),
    [AppProto.Smb]: (slot) => new SmbReader(ctx, tell, slot, executable(slot)),
    [AppProto.Mqtt]: (slot) => new MqttReader(ctx, tell, slot, mqtt, keep(slot, mqttLost)),
  };
}
