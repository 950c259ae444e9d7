import type { WeirdDef } from '../../core/index.js';
import { STATE_WEIRDS } from './association.js';

/** Everything this room names. */
export const DICOM_WEIRDS = {
  ...STATE_WEIRDS,
  pduType: {
    id: 'dicom.pdu.type',
    text: 'A PDU type the standard does not know.',
    action: 'feature',
    ref: 'PS3.8 9.3.1',
  },
  pduLength: { id: 'dicom.pdu.length', text: 'A PDU length that cannot be.', action: 'feature', ref: 'PS3.8 9.3' },
  pduOverMaximum: {
    id: 'dicom.pdu.over_maximum',
    text: 'A P-DATA PDU larger than the receiver said it takes.',
    action: 'feature',
    ref: 'PS3.8 D.1',
  },
  associateLarge: {
    id: 'dicom.pdu.associate_large',
    text: 'An association PDU larger than the limit.',
    action: 'feature',
    ref: 'PS3.8 9.3.2',
  },
  itemOverrun: {
    id: 'dicom.item.overrun',
    text: 'An item reaches beyond what holds it.',
    action: 'feature',
    ref: 'PS3.8 9.3.2',
  },
  pdvLength: {
    id: 'dicom.pdv.length',
    text: 'A PDV item length that does not fit its PDU.',
    action: 'feature',
    ref: 'PS3.8 9.3.5.1',
  },
  pdvOdd: { id: 'dicom.pdv.odd', text: 'A PDV with an odd number of bytes.', action: 'count', ref: 'PS3.8 E.1' },
  pdvEmpty: { id: 'dicom.pdv.empty', text: 'A PDV without a fragment.', action: 'count', ref: 'PS3.8 E.1' },
  contextUnknown: {
    id: 'dicom.context.unknown',
    text: 'Data on a presentation context that was not proposed.',
    action: 'feature',
    ref: 'PS3.8 9.3.5.1',
  },
  contextRejected: {
    id: 'dicom.context.rejected',
    text: 'Data on a presentation context that was rejected.',
    action: 'feature',
    ref: 'PS3.8 9.3.3.2',
  },
  commandMalformed: {
    id: 'dicom.command.malformed',
    text: 'A command set that contradicts itself.',
    action: 'count',
    ref: 'PS3.7 6.3.1',
  },
  commandUnknown: {
    id: 'dicom.command.unknown',
    text: 'A command field the standard does not know.',
    action: 'count',
    ref: 'PS3.7 E.1',
  },
  commandLarge: {
    id: 'dicom.command.large',
    text: 'A command set larger than the limit.',
    action: 'feature',
    ref: 'PS3.7 6.3.1',
  },
  fragmentMissing: {
    id: 'dicom.fragment.missing',
    text: 'A message begins before the last one ended.',
    action: 'count',
    ref: 'PS3.8 E.2',
  },
  noncanonical: {
    id: 'dicom.noncanonical',
    text: 'A legal but unusual opening: reserved bytes, version bits or pieces.',
    action: 'count',
    ref: 'PS3.8 9.3.2',
  },
  uncleanClose: {
    id: 'dicom.unclean_close',
    text: 'The connection closed inside an association.',
    action: 'count',
    ref: 'PS3.8 9.1.4',
  },
  artim: {
    id: 'dicom.artim',
    text: 'No answer to a request, or no close after the end, within the ARTIM time.',
    action: 'count',
    ref: 'PS3.8 9.1.5',
  },
  resync: { id: 'dicom.resync', text: 'Decoding went on at the next certain PDU.', action: 'count' },
  deflated: {
    id: 'dicom.deflated',
    text: 'A deflated data set, which is not looked into.',
    action: 'count',
    ref: 'PS3.5 A.5',
  },
} as const satisfies Record<string, WeirdDef>;

export type DicomWeirdIds = Record<keyof typeof DICOM_WEIRDS, number>;
