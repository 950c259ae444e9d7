/** What of the threat catalogue cannot be seen yet. */
export interface Unseen {
  /** Catalogue id. */
  readonly id: string;
  /** Which part of it; '' all of it. */
  readonly part: string;
  readonly because: string;
}

// biome-ignore format: a table
/** Every id of the catalogue is named; these parts of some are not. */
export const UNSEEN: readonly Unseen[] = [
  { id: 'D07', part: 'a viewer that suddenly asks for whole patients', because: 'Instances and octets are counted; the query level of C-GET is not weighed, because viewers differ too much.' },
  { id: 'D09', part: 'programs inside files on NFS', because: 'NFS is recognised by its port only and its file content is not read; by DICOM, HTTP, SMB, FTP and plain TCP it is.' },
  { id: 'D20', part: 'rejection notes, N-SET by somebody else', because: 'The meaning of N-SET and of key objects lies inside data sets, of which only the heads are read.' },
  { id: 'D22', part: 'a weaker cipher of the same TLS version', because: 'Strength of ciphers is not ranked; the version and the step to clear text are judged.' },
  { id: 'H02', part: 'the same address with another TCP stack', because: 'TTL and TCP options are features of the learned profile, no rule of their own: middle boxes change them too often.' },
  { id: 'H06', part: 'which observation a changed TCP segment touched', because: 'Segments are compared as they come; which field lies in one that was sent twice is not worked out.' },
  { id: 'H17', part: "counters inside makers' own telemetry protocols (RWHAT class)", because: 'Their layouts are not public. Two senders are told by their MACs, and by the running clock of the one protocol whose guide is public.' },
  { id: 'N08', part: 'NFS mounts at boot', because: 'The address is matched on any port; that it was a mount is not read from NFS.' },
  { id: 'N11', part: 'outside the agreed hours of a maker', because: 'The sensor is told of no maintenance windows; a session of a known pair is quiet at any hour.' },
  { id: 'N11', part: 'TeamViewer, AnyDesk and other relayed tools', because: 'They hide inside TLS to relays; first contact with an outside address (N07) is what remains.' },
  { id: 'N12', part: 'a certificate of another issuer', because: 'Certificates are encrypted since TLS 1.3; before, they are kept as evidence of the device and not compared.' },
  { id: 'N13', part: 'software pushed inside TLS to an archive', because: 'Images go to archives over TLS too, and volume alone cannot tell them apart.' },
  { id: 'N17', part: 'shares encrypted by SMB 3', because: 'The commands are encrypted; new pairs (N10) and volumes (N06) remain.' },
  { id: 'N19', part: 'mining pools behind TLS', because: 'The opening is encrypted; even intervals (N05) and a new outside address (N07) remain.' },
  { id: 'M07', part: 'gaps in the sequence of verdicts, signatures', because: 'Payloads are not read. Sequence and signature are in every verdict for the subscriber to check.' },
];
