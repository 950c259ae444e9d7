import { type AppEvent, AppProto, FlowMark, fold32, type WeirdSeen } from '../../core/index.js';
import type { RuleContext, Side } from './context.js';
import type { Rule } from './rule.js';
import { Cooldown } from './windows.js';

const REPEAT_US = 1e6;

/** Families of protocol oddities that are scenarios of their own, by the start of the weird's id, longest first; `app`: on its flows only. */
const FAMILIES: readonly (readonly [prefix: string, scenario: string, words: string, app?: AppProto])[] = [
  ['dicom.state.', 'dicom.state.violation', 'a message the DICOM upper layer does not allow in this state'],
  ['dicom.context.', 'dicom.context.unnegotiated', 'data on a presentation context that was not agreed'],
  ['dicom.pdv.context', 'dicom.context.unnegotiated', 'data on a presentation context that was not agreed'],
  ['dicom.max_pdu', 'dicom.pdu.max_length', 'an implausible maximum PDU length'],
  ['dicom.pdu.', 'dicom.pdu.malformed', 'a PDU whose lengths or type contradict the standard'],
  ['dicom.pdv.', 'dicom.pdu.malformed', 'a PDV item whose length contradicts its PDU'],
  ['dicom.length.', 'dicom.pdu.malformed', 'lengths that contradict each other'],
  ['dicom.command.large', 'dicom.pdu.malformed', 'a command set larger than any the standard has use for'],
  ['dicom.file.executable', 'dicom.dataset.executable', 'a DICOM file that is a program as well'],
  ['dicom.item.', 'dicom.pdu.malformed', 'an item that overruns its PDU'],
  ['hl7.framing.fs_inside', 'hl7.framing.smuggling', 'an end-of-block character inside a message'],
  ['hl7.framing.vt_inside', 'hl7.framing.smuggling', 'a start-of-block character inside a message'],
  [
    'tcp.overlap.differs',
    'hl7.value.tampering',
    'a part of an HL7 connection twice, with different bytes',
    AppProto.Hl7,
  ],
  ['hl7.framing.large', 'hl7.message.oversize', 'a block without an end, longer than any message'],
  ['mqtt.', 'mqtt.malformed', 'an MQTT packet the standard forbids'],
];

/** D09 (files), D10, D11, D12, D13, H14, M05: what the decoders called odd, named as a scenario. Once a second per flow and kind. */
export function weirdRules(c: RuleContext): Rule {
  const told = new Cooldown(REPEAT_US, c.settings.window_keys);
  const event = (any: AppEvent): void => {
    const ev = any as WeirdSeen;
    const family = FAMILIES.find(([prefix]) => ev.weird.startsWith(prefix));
    if (family === undefined || ev.flow < 0) return;
    const [, scenario, words, app] = family;
    if (app !== undefined && c.columns.app[ev.flow] !== app) return;
    const side = c.graver(scenario, ev.flow);
    if (side < 0 || !told.ready(fold32(c.keyOf(scenario, ev.flow), c.columns.gen[ev.flow]), ev.tsUs)) return;
    const peer = (1 - side) as Side;
    // where bytes are missing, the sensor may have missed what made it legal
    const blind =
      (c.columns.marks[ev.flow] & (FlowMark.Gap | FlowMark.Midstream | FlowMark.UnseenOut | FlowMark.UnseenBack)) !== 0;
    c.emit({
      scenario,
      device: c.device(ev.flow, side as Side),
      role: side === 1 ? 'victim' : 'actor',
      flow: ev.flow,
      peerSide: peer,
      tsUs: ev.tsUs,
      key: ev.weird,
      bump: blind ? -2 : 0,
      reasons: [
        {
          observed: ev.weird,
          unit: 'oddity',
          text: `Between ${c.ip(ev.flow, 0)} and ${c.ip(ev.flow, 1)} passed ${words} (${ev.weird})${blind ? '; the sensor missed parts of this connection' : ''}.`,
        },
      ],
    });
  };
  return { name: 'dicom.state.violation', kinds: ['weird'], event };
}
