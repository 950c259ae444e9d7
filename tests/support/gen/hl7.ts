import type { Random } from '../../../src/core/index.js';
import { type Hospital, period } from './hosts.js';
import type { Host, Net } from './net.js';
import { Connection, type Script } from './tcp.js';

// HL7 v2 over MLLP: 0x0B message 0x1C 0x0D (HL7 v2 appendix C); reports as IHE PCD-01.

const PORT = 2575;
const CONTROL = '@@@@@@@@@@';
const TIME = 'TTTTTTTTTTTTTT';

/** What a reporter is and what it measures: code, low, high, unit. */
const REPORTERS = {
  ventilator: [
    ['151562^MDC_VENT_RESP_RATE^MDC', 12, 18, '264928^MDC_DIM_RESP_PER_MIN^MDC'],
    ['151868^MDC_VENT_VOL_TIDAL^MDC', 430, 480, '263762^MDC_DIM_MILLI_L^MDC'],
    ['151976^MDC_VENT_PRESS_MAX^MDC', 16, 23, '266048^MDC_DIM_CM_H2O^MDC'],
    ['152196^MDC_CONC_AWAY_O2^MDC', 30, 45, '262688^MDC_DIM_PERCENT^MDC'],
  ],
  pump: [
    ['157784^MDC_FLOW_FLUID_PUMP^MDC', 10, 99, '265266^MDC_DIM_MILLI_L_PER_HR^MDC'],
    ['157872^MDC_VOL_FLUID_TBI_REMAIN^MDC', 10, 99, '263762^MDC_DIM_MILLI_L^MDC'],
  ],
  monitor: [
    ['147842^MDC_ECG_HEART_RATE^MDC', 60, 99, '264864^MDC_DIM_BEAT_PER_MIN^MDC'],
    ['150456^MDC_PULS_OXIM_SAT_O2^MDC', 93, 99, '262688^MDC_DIM_PERCENT^MDC'],
    ['150021^MDC_PRESS_BLD_SYS^MDC', 105, 135, '266016^MDC_DIM_MMHG^MDC'],
    ['150022^MDC_PRESS_BLD_DIA^MDC', 60, 90, '266016^MDC_DIM_MMHG^MDC'],
    ['150344^MDC_TEMP^MDC', 36, 38, '268192^MDC_DIM_DEGC^MDC'],
  ],
  analyser: [
    ['2823-3^Potassium^LN', 3, 5, 'mmol/L'],
    ['2951-2^Sodium^LN', 135, 145, 'mmol/L'],
    ['2345-7^Glucose^LN', 4, 7, 'mmol/L'],
  ],
} as const;
export type Reporter = keyof typeof REPORTERS;

function oru(app: string, observations: (typeof REPORTERS)[Reporter], rng: Random, patient: string): Buffer {
  const lines = [
    `MSH|^~\\&|${app}|WARD|ENGINE|SITE|${TIME}||ORU^R01^ORU_R01|${CONTROL}|P|2.6|||NE|AL`,
    `PID|||${patient}^^^SITE^PI||DEMO^${patient}`,
    'PV1||I|ICU1^^1',
    `OBR|1|${CONTROL}^${app}|${CONTROL}^${app}|182777000^monitoring of patient^SCT|||${TIME}`,
  ];
  observations.forEach(([code, low, high, unit], i) => {
    lines.push(`OBX|${i + 1}|NM|${code}|1.0.0.${i + 1}|${low + rng.int(high - low + 1)}|${unit}|||||R|||${TIME}`);
  });
  return Buffer.from(`\x0b${lines.join('\r')}\r\x1c\r`, 'latin1');
}

function ack(app: string): Buffer {
  const lines = [`MSH|^~\\&|ENGINE|SITE|${app}|WARD|${TIME}||ACK^R01^ACK|A${CONTROL}|P|2.6`, `MSA|AA|${CONTROL}`];
  return Buffer.from(`\x0b${lines.join('\r')}\r\x1c\r`, 'latin1');
}

function places(b: Buffer, mark: string): number[] {
  const out: number[] = [];
  for (let at = b.indexOf(mark); at >= 0; at = b.indexOf(mark, at + mark.length)) out.push(at);
  return out;
}

/** A prepared message whose control id and times are put in before each sending. */
class Template {
  readonly bytes: Buffer;
  readonly #control: number[];
  readonly #time: number[];
  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.#control = places(bytes, CONTROL);
    this.#time = places(bytes, TIME);
  }
  set(control: string, time: string): Buffer {
    for (const at of this.#control) this.bytes.write(control, at, 'latin1');
    for (const at of this.#time) this.bytes.write(time, at, 'latin1');
    return this.bytes;
  }
}

let stampSecond = -1;
let stampText = '';
/** YYYYMMDDHHMMSS, UTC. */
function stamp(tsUs: number): string {
  const s = Math.floor(tsUs / 1e6);
  if (s !== stampSecond) {
    stampSecond = s;
    stampText = new Date(s * 1000).toISOString().replace(/\D/g, '').slice(0, 14);
  }
  return stampText;
}

export class Hl7 {
  readonly #net: Net;
  readonly #hospital: Hospital;
  readonly #rng: Random;
  #device = 0;

  constructor(net: Net, hospital: Hospital, rng: Random) {
    this.#net = net;
    this.#hospital = hospital;
    this.#rng = rng;
  }

  /** A device that reports every `seconds` over one lasting connection (analysers open one a report). */
  *reporter(host: Host, kind: Reporter, seconds: number): Script {
    const rng = this.#rng;
    const device = ++this.#device;
    const app = `${kind.toUpperCase()}${device}`;
    const engine = this.#hospital.engines[device % this.#hospital.engines.length];
    const lasting = kind !== 'analyser';
    const patient = `P${String(device).padStart(5, '0')}`;
    // Four bodies, so that values change from report to report.
    const bodies = Array.from({ length: 4 }, () => new Template(oru(app, REPORTERS[kind], rng, patient)));
    const answer = new Template(ack(app));
    yield rng.float() * seconds * 1e6;
    let c: Connection | null = null;
    for (let n = 1; ; n++) {
      if (c === null) {
        c = new Connection(this.#net, host, engine, PORT, 0x3000000 + device * 4096 + n);
        yield* c.open();
      }
      const control = `${String(device % 10_000).padStart(4, '0')}${String(n % 1_000_000).padStart(6, '0')}`;
      const time = stamp(this.#net.nowUs);
      yield* c.send(0, bodies[n & 3].set(control, time), false);
      yield 1500 + rng.int(4000);
      yield* c.send(1, answer.set(control, time));
      if (!lasting) {
        yield* c.close();
        c = null;
      }
      yield period(rng, seconds);
    }
  }
}
