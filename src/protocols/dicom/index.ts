import {
  AppProto,
  type ProtocolContext,
  registerWeirds,
  type SettingsOf,
  type StreamProtocol,
} from '../../core/index.js';
import { ExpectedAssociations } from './expected.js';
import { probeDicom } from './probe.js';
import { DicomSession } from './session.js';
import type { dicomSettings } from './settings.js';
import { DICOM_WEIRDS } from './weirds.js';

export { loadInspector } from './inspect.js';
export { dicomSettings } from './settings.js';

/** DICOM upper layer and DIMSE, recognised by content on any port. */
export function createDicom(ctx: ProtocolContext, settings: SettingsOf<typeof dicomSettings>): StreamProtocol {
  const weirds = registerWeirds(ctx.weirds, DICOM_WEIRDS);
  const lost = ctx.unfinished.protocol('dicom');
  const expected = new ExpectedAssociations(ctx.columns, ctx.seed);
  return {
    name: 'dicom',
    app: AppProto.Dicom,
    answersFor: (app) => app === AppProto.Dicom,
    probeBytes: 96,
    probe: probeDicom,
    open: (slot, midstream) =>
      new DicomSession(ctx, settings, weirds, expected, slot, midstream, (owner) =>
        ctx.unfinished.open(slot, lost, owner),
      ),
  };
}
