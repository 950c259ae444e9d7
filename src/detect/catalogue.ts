import type { DeviceClass, Severity } from '../core/index.js';
import { technique } from './attack.js';

/** One scenario of the threat catalogue. */
export interface Scenario {
  /** Catalogue id (D01, H01, N01 …); null for learned anomalies. */
  readonly id: string | null;
  /** Dotted stable name. */
  readonly scenario: string;
  readonly title: string;
  /** Base severity when a device of the class is the victim or the actor. */
  readonly severity: Readonly<Record<DeviceClass, Severity>>;
  readonly attack: readonly { framework: string; id: string; name: string }[];
  readonly safeStep: string;
}

const CLASSES: readonly DeviceClass[] = ['LC', 'PM', 'IM', 'PA', 'IE', 'WS'];
const LETTER: Readonly<Record<string, Severity>> = {
  C: 'critical',
  H: 'high',
  M: 'medium',
  L: 'low',
  I: 'info',
  // the class is not expected to meet this scenario; should it, somebody must look
  '–': 'medium',
};

/** Severities in the order LC PM IM PA IE WS: C critical, H high, M medium, L low, I info, – not expected. */
function scenario(
  id: string | null,
  name: string,
  title: string,
  severities: string,
  attack: readonly string[],
  safeStep: string,
): Scenario {
  const severity = Object.fromEntries(CLASSES.map((c, i) => [c, LETTER[[...severities][i]]])) as Scenario['severity'];
  return { id, scenario: name, title, severity, attack: attack.map(technique), safeStep };
}

// One row a scenario; order of the catalogue.
// biome-ignore format: a table
const TABLE = [
  scenario('D01', 'dicom.ae.unknown', 'Unknown calling AE title', '–MMH–M', ['T0886', 'T1021'],
    'Ask the PACS administrator whether this AE title was announced; if not, remove its access at the archive.'),
  scenario('D02', 'dicom.ae.wrong_host', 'Known AE title from another host', '–MHH–H', ['T0849', 'T1036'],
    'Check which machine really owns this AE title and look at the other one.'),
  scenario('D03', 'dicom.ae.brute_force', 'AE titles are being guessed', '––MH–M', ['T1110.001', 'T0859'],
    'Block the guessing host at the archive\'s access list and find out who runs it.'),
  scenario('D04', 'dicom.echo.sweep', 'C-ECHO sweep for DICOM services', 'LLMMLM', ['T0846', 'T1046'],
    'Ask whether a DICOM administrator is testing; otherwise look at the host that asks.'),
  scenario('D05', 'dicom.find.enumeration', 'Enumeration of patients or studies by C-FIND', '––HC–H', ['T1213', 'T0811', 'T1119'],
    'Have the PACS administrator stop the query account and keep its query log.'),
  scenario('D06', 'dicom.move.destination', 'C-MOVE to a destination never used before', '––HC–H', ['T1048.003', 'T0882'],
    'Disable the move destination at the archive until its owner is known.'),
  scenario('D07', 'dicom.get.bulk', 'Bulk retrieval of images by C-GET', '––HC–H', ['T1213', 'T1048.003', 'T1020'],
    'Have the PACS administrator stop the association and ask who retrieves.'),
  scenario('D08', 'dicom.cleartext.external', 'Images in clear text leave the site', 'LLLMLM', ['T0842', 'T1040'],
    'Move this link to TLS or a VPN.'),
  scenario('D09', 'dicom.dataset.executable', 'Executable code inside a DICOM object', '––HH–H', ['T1027.009', 'T1080'],
    'Quarantine the object at the archive and do not open it on a workstation.'),
  scenario('D10', 'dicom.pdu.malformed', 'Malformed DICOM protocol data unit', '––MH–M', ['T1499.004', 'T0866'],
    'Look at the sending host; keep the evidence capture for the vendor.'),
  scenario('D11', 'dicom.pdu.max_length', 'Implausible maximum PDU length negotiated', '––LM–L', ['T1499.004'],
    'Look at the sending host\'s DICOM software.'),
  scenario('D12', 'dicom.state.violation', 'DICOM protocol order violated', '––MH–M', ['T0866', 'T1210'],
    'Look at the sending host; keep the evidence capture for the vendor.'),
  scenario('D13', 'dicom.context.unnegotiated', 'Data on a presentation context nobody agreed to', '––MM–M', ['T0866'],
    'Look at the sending host\'s DICOM software.'),
  scenario('D14', 'dicom.association.flood', 'Flood of DICOM associations', '––MC–M', ['T1499.002', 'T0814'],
    'Limit the sending host at the archive; check that modalities can still store.'),
  scenario('D15', 'dicom.association.abandoned', 'Associations opened and abandoned', '––LH–L', ['T1499.002'],
    'Check the archive\'s free associations and the host that leaves them open.'),
  scenario('D16', 'dicom.abort.storm', 'Storm of aborted associations', '–MHH–M', ['T0814', 'T0813'],
    'Check whether images still arrive; look for a third party on the path.'),
  scenario('D17', 'dicom.sop.unexpected', 'SOP class this device never proposed before', 'HHMM–M', ['T0869', 'T1001'],
    'Ask whether the device\'s software was changed.'),
  scenario('D18', 'dicom.store.overwrite', 'Stored object sent again with other content', '––HC–H', ['T1565.001', 'T0832'],
    'Compare the stored object with the modality\'s own copy before it is read.'),
  scenario('D19', 'dicom.worklist.rogue', 'Worklist asked at a server never used before', '––HH––', ['T0856', 'T1565.002'],
    'Check the modality\'s worklist configuration before the next patient.'),
  scenario('D20', 'dicom.delete', 'Deletion command', '––MH–H', ['T0809'],
    'Ask the PACS administrator whether the deletion was ordered; check the archive\'s recycle store.'),
  scenario('D21', 'dicom.port.unusual', 'DICOM service on a port never used before', 'LLMMLM', ['T1571'],
    'Find out which program listens there.'),
  scenario('D22', 'dicom.tls.downgrade', 'DICOM that was encrypted is in clear text', '––HH–H', ['T1600', 'T0830'],
    'Check the TLS settings of both ends; until then treat what passes as readable by others.'),
  scenario('D23', 'dicom.opening.evasive', 'Unusual opening of a DICOM association', '––MM–M', ['T0820'],
    'Look at the sending host: common toolkits do not write this.'),
  scenario('H01', 'hl7.sender.unknown', 'Unknown HL7 sender', 'HHMMHM', ['T0849', 'T1036'],
    'Ask the interface team whether this sender was announced; hold its messages until then.'),
  scenario('H02', 'hl7.sender.wrong_host', 'Known HL7 sender from another host', 'HHMMCH', ['T0849', 'T0856'],
    'Hold this link at the engine and check which machine really is the sender.'),
  scenario('H03', 'hl7.injection', 'Message slipped into a connection', 'CCMMCH', ['T1659', 'T0856'],
    'Compare the message with what the sender really sent before it is used; look for a third party on the path.'),
  scenario('H04', 'hl7.control_id.replayed', 'HL7 message replayed', 'HHLMHM', ['T0856'],
    'Check the affected results or orders at the engine before they are used.'),
  scenario('H05', 'hl7.adt.merge', 'Patient merge or move messages out of the ordinary', '–––MCH', ['T1565.001', 'T0832'],
    'Have the interface team stop the link and check the merged records.'),
  scenario('H06', 'hl7.value.tampering', 'A result changed on its way', 'CCH–CH', ['T0830', 'T0832', 'T1557.002', 'T1565.002'],
    'Compare the result at its source with what arrived before anybody acts on it.'),
  scenario('H07', 'hl7.value.implausible', 'Values no living patient has, or that stand still', 'HH––HM', ['T0856', 'T0832'],
    'Look at the patient and the device; do not act on the value alone.'),
  scenario('H08', 'hl7.value.unit', 'Unit or code of a value exchanged', 'HH––HM', ['T0832'],
    'Compare unit and code with the device\'s display before anybody acts on the value.'),
  scenario('H09', 'hl7.infusion.order', 'Infusion order from a sender never seen', 'C–––C–', ['T0855', 'T0836', 'T0880'],
    'Check the pump\'s programme at the bedside; hold orders of this sender.'),
  scenario('H10', 'hl7.alarm', 'Alarms flood or no longer come', 'CC––H–', ['T0878', 'T0815'],
    'Look at the patient and the device\'s own alarm display.'),
  scenario('H11', 'hl7.query.enumeration', 'Patients are being queried one after the other', '–––MHH', ['T1213', 'T0811'],
    'Stop the querying link and ask who uses it.'),
  scenario('H12', 'hl7.flood', 'Flood of HL7 messages', 'HH–MCM', ['T0814', 'T1499.002'],
    'Throttle the link at the engine; check that results of other links still pass.'),
  scenario('H13', 'hl7.message.oversize', 'Oversized HL7 message', 'MM–MHM', ['T1499.004'],
    'Check the engine\'s queue and the sending system.'),
  scenario('H14', 'hl7.framing.smuggling', 'Framing that receivers read differently', 'HH––HM', ['T1659', 'T0820'],
    'Hold the link: sender and receiver may not agree where a message ends.'),
  scenario('H15', 'hl7.ack.forged', 'Acknowledgements that do not fit', 'HH–MHM', ['T0804', 'T0856'],
    'Check at the sender which messages really were accepted.'),
  scenario('H16', 'hl7.external', 'HL7 exchanged with a host outside the site', 'HHMMCH', ['T1048.003'],
    'Have the firewall team close this path unless it is contracted.'),
  scenario('N01', 'net.scan.ports', 'Port scan', 'CCHHHM', ['T0846', 'T1046', 'T0888'],
    'Find the scanning host; ask whether a vulnerability scan was planned. Never scan life-critical devices in use.'),
  scenario('N01', 'net.scan.hosts', 'Sweep over many hosts', 'CCHHHM', ['T0846', 'T1046', 'T0888'],
    'Find the scanning host; ask whether a vulnerability scan was planned. Never scan life-critical devices in use.'),
  scenario('N03', 'net.arp.spoof', 'Two hosts claim one address', 'CCHCCH', ['T0830', 'T1557.002'],
    'Find the claiming MAC at the switch and take that port off, not the device\'s.'),
  scenario('N05', 'net.beacon', 'Regular call-home to one outside address', 'CCHHHH', ['T1071.001', 'T0869', 'T1029'],
    'Have the firewall team block the outside address; the device itself stays in use.'),
  scenario('N06', 'net.exfiltration', 'Unusual volume leaves the device', 'CCHCCH', ['T1041', 'T1048', 'T0882'],
    'Have the firewall team stop the transfer at the border.'),
  scenario('N07', 'net.peer.external', 'First contact with an outside address', 'HHMMML', ['T0883', 'T1071'],
    'Ask the vendor whether this connection is theirs; otherwise block it at the border.'),
  scenario('N08', 'net.call_home.known', 'Call-home known from advisories', '–C––––', ['T0862', 'T1048.003', 'T1105'],
    'Replace the monitor as the advisory says; block the address at the border meanwhile.'),
  scenario('N09', 'net.cleartext', 'Clear-text service on a device', 'CCHHHM', ['T0886', 'T0812', 'T1021'],
    'Ask clinical engineering whether a service visit is under way; change the password that went over the wire.'),
  scenario('N10', 'net.smb.lateral', 'File sharing with a host never used before', 'CCHHMM', ['T1021.002', 'T1210', 'T0866'],
    'Look at the contacting host for malware; keep imaging shares read-only meanwhile.'),
  scenario('N11', 'net.remote_access', 'Remote control of a device', 'CCHMML', ['T0822', 'T1219', 'T1021.001'],
    'Ask whether a vendor session was agreed; if not, end it at the jump host.'),
  scenario('N12', 'net.tls.downgrade', 'Encryption weaker than ever before', 'HHMMHL', ['T1600', 'T0830'],
    'Check the TLS settings of both ends and look for a third party on the path.'),
  scenario('N14', 'device.silent', 'Device went silent', 'CCMHHL', ['T0829', 'T0826', 'T0816'],
    'Look at the device itself and its cable or access point.'),
  scenario('N15', 'net.identity.moved', 'Identity moved', 'HHMMMM', ['T0849', 'T1200'],
    'Check whether the device was moved or replaced; look at the switch port of the new one.'),
  scenario('N16', 'net.dns.tunnel', 'Name service used as a tunnel', 'HHHMMM', ['T1071.004', 'T1568.002', 'T1572'],
    'Block the domain at the resolver and look at the asking host.'),
  scenario('N18', 'net.flood', 'Flood of packets at a device', 'CCHCCM', ['T1498.001', 'T1499.001', 'T0814'],
    'Stop the flood at the switch port or border it comes from; watch the patient if the device is in use.'),
  scenario(null, 'hl7.link.fault', 'HL7 link with a fault', 'IIIIII', [],
    'Tell the interface team: the link works, but receivers differ in what they accept.'),
  scenario(null, 'anomaly.profile', 'Behaviour unlike the learned normal', 'HHMMML', ['T0846', 'T0869'],
    'Look at the reasons; ask whether the device is serviced or used in a new way.'),
];

const BY_NAME = new Map(TABLE.map((s) => [s.scenario, s]));

/** The whole catalogue. */
export const catalogue: readonly Scenario[] = TABLE;

/** A scenario by its dotted name. @throws Error for a name that is not in the catalogue (a bug) */
export function scenarioOf(name: string): Scenario {
  const s = BY_NAME.get(name);
  if (s === undefined) throw new Error(`no scenario ${name} in the catalogue`);
  return s;
}
