import type { TypeEvidence } from './evidence.js';

/** What a device was seen doing with DICOM services (PS3.4). SCP bits are set by an answer, not by a question. */
export const Role = {
  StoreScu: 1,
  StoreScp: 2,
  FindScu: 4,
  FindScp: 8,
  MoveScu: 16,
  MoveScp: 32,
  WorklistScu: 64,
  WorklistScp: 128,
  /** Sent images of an acquisition class. */
  ImageScu: 256,
  /** Sent instances on somebody's C-MOVE. */
  MoveSource: 512,
  /** Created performed procedure steps. */
  MppsScu: 1024,
  MppsScp: 2048,
} as const;

const STORE = '1.2.840.10008.5.1.4.1.1.';
const WORKLIST = '1.2.840.10008.5.1.4.31';
const MPPS = '1.2.840.10008.3.1.2.3.3';
/**
 * Storage classes that only an acquisition device makes, by what follows the storage root (PS3.4 Annex B): CR, DX, MG,
 * IO, CT, US, MR, NM, XA, RF, PET, RT image, visible light, OCT, waveforms. Secondary capture, presentation states,
 * reports and encapsulated documents are made by anything.
 */
const ACQUIRED =
  /^(1|1\.[123](\.1)?|2|2\.[12]|3\.1|4|4\.[1234]|6\.1|6\.2|9\.[1-6].*|12\.[123].*|13\.1\..*|20|77\.1\..*|128|128\.1|130|481\.1)$/; // prettier-ignore

export function isAcquired(sopClass: string): boolean {
  return sopClass.startsWith(STORE) && ACQUIRED.test(sopClass.slice(STORE.length));
}

/** Device types that make images of one class only, by what follows the storage root. */
const FAMILIES: readonly (readonly [RegExp, string])[] = [
  [/^(2|2\.[12])$/, 'ct-scanner'],
  [/^4(\.[1234])?$/, 'mr-scanner'],
  [/^(1|1\.[123](\.1)?|12\.[12].*|13\.1\..*)$/, 'x-ray'],
  [/^(3\.1|6\.[12])$/, 'ultrasound'],
];

/** Type of the device that makes images of a class, '' other or several kinds make them. */
export function familyOf(sopClass: string): string {
  if (!sopClass.startsWith(STORE)) return '';
  const tail = sopClass.slice(STORE.length);
  for (const [re, type] of FAMILIES) if (re.test(tail)) return type;
  return '';
}

/** Bits a DIMSE request gives its sender. */
export function requestRole(name: string, sopClass: string, moved: boolean): number {
  switch (name) {
    case 'C-STORE-RQ':
      return Role.StoreScu | (moved ? Role.MoveSource : isAcquired(sopClass) ? Role.ImageScu : 0);
    case 'C-FIND-RQ':
      return sopClass === WORKLIST ? Role.WorklistScu : Role.FindScu;
    case 'C-MOVE-RQ':
    case 'C-GET-RQ':
      return Role.MoveScu;
    case 'N-CREATE-RQ':
      return sopClass === MPPS ? Role.MppsScu : 0;
    default:
      return 0;
  }
}

/** Bits an answer gives its sender: only an answer that is not a failure proves the service (PS3.7 Annex C). */
export function responseRole(name: string, sopClass: string, status: number): number {
  const good = status === 0 || status === 0xff00 || status === 0xff01 || status >>> 12 === 0xb;
  if (!good) return 0;
  switch (name) {
    case 'C-STORE-RSP':
      return Role.StoreScp;
    case 'C-FIND-RSP':
      return sopClass === WORKLIST ? Role.WorklistScp : Role.FindScp;
    case 'C-MOVE-RSP':
    case 'C-GET-RSP':
      return Role.MoveScp;
    case 'N-CREATE-RSP':
      return sopClass === MPPS ? Role.MppsScp : 0;
    default:
      return 0;
  }
}

/** What the roles taken together say about the type. */
export function roleEvidence(roles: number): TypeEvidence[] {
  const source = 'dicom.role';
  const has = (bits: number): boolean => (roles & bits) !== 0;
  const asks = has(Role.FindScu | Role.MoveScu);
  if (has(Role.FindScp | Role.MoveScp | Role.MoveSource)) {
    const weight = has(Role.FindScp) && has(Role.MoveScp | Role.StoreScp) ? 0.9 : 0.75;
    return [{ source, type: 'pacs', value: 'answers queries or retrieves', weight }];
  }
  if (has(Role.WorklistScp | Role.MppsScp)) {
    // with storage it is an archive that offers a worklist too
    const type = has(Role.StoreScp) ? 'pacs' : 'ris';
    return [{ source, type, value: 'answers worklist queries', weight: 0.6 }];
  }
  if (has(Role.ImageScu)) {
    const order = has(Role.WorklistScu | Role.MppsScu);
    const weight = order ? 0.9 : has(Role.StoreScp) ? 0.5 : 0.75;
    return [{ source, type: 'imaging-modality', value: 'sends acquired images', weight }];
  }
  if (has(Role.WorklistScu | Role.MppsScu)) {
    return [{ source, type: 'imaging-modality', value: 'asks for a worklist', weight: 0.6 }];
  }
  if (asks) {
    const weight = has(Role.MoveScu) ? 0.75 : 0.55;
    return [{ source, type: 'workstation', value: 'queries or retrieves only', weight }];
  }
  // a viewer also accepts C-STORE as a move destination, so accepting alone says less
  if (has(Role.StoreScp)) return [{ source, type: 'pacs', value: 'accepts C-STORE', weight: 0.6 }];
  return [];
}
