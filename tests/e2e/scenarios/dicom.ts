import { abort, associateAc, associateRj, associateRq, pdata, pdu, pdv } from '../../support/dicom-bytes.js';
import {
  anyPatient,
  associate,
  commandSet,
  element,
  find,
  message,
  onePatient,
  release,
  store,
  tlsHellos,
  UID,
} from './bytes.js';
import type { ScenarioCase } from './case.js';
import type { Talk, Ward } from './ward.js';

/** The day's work: the CT stores, the reading room asks. */
function work(w: Ward): Ward {
  w.at(5);
  release(store(associate(w, 'ct', 'pacs', 'CT1', UID.ct), '2.25.7.1.1', 20_000));
  release(find(associate(w, 'viewer', 'pacs', 'VIEWER', UID.find), UID.find, onePatient, 2));
  release(echo(associate(w, 'viewer', 'pacs', 'VIEWER', UID.echo)));
  return w;
}

function echo(talk: Talk): Talk {
  const rq = commandSet([
    [2, UID.echo],
    [0x100, 0x30],
    [0x110, 1],
    [0x800, 0x101],
  ]);
  return talk.ask(
    message(rq),
    message(
      commandSet([
        [2, UID.echo],
        [0x100, 0x8030],
        [0x120, 1],
        [0x800, 0x101],
        [0x900, 0],
      ]),
    ),
  );
}

/** An association that is refused because a title is not recognised. */
function refused(w: Ward, from: 'laptop' | 'viewer', calling: string, called: string): void {
  w.tcp(from, 'pacs', 104)
    .ask(associateRq({ called, calling }), associateRj(1, 1, 7))
    .close();
}

function move(talk: Talk, destination: string): Talk {
  const rq = commandSet([
    [2, UID.move],
    [0x100, 0x21],
    [0x110, 1],
    [0x600, destination],
    [0x700, 0],
    [0x800, 0x102],
  ]);
  const done = commandSet([
    [2, UID.move],
    [0x100, 0x8021],
    [0x120, 1],
    [0x800, 0x101],
    [0x900, 0],
    [0x1021, 1],
  ]);
  return talk.ask(
    message(rq, Buffer.concat([element(8, 0x52, 'STUDY'), element(0x20, 0xd, '2.25.7.1')])),
    message(done),
  );
}

function get(talk: Talk, completed: number): Talk {
  const rq = commandSet([
    [2, UID.get],
    [0x100, 0x10],
    [0x110, 1],
    [0x700, 0],
    [0x800, 0x102],
  ]);
  const done = commandSet([
    [2, UID.get],
    [0x100, 0x8010],
    [0x120, 1],
    [0x800, 0x101],
    [0x900, 0],
    [0x1021, completed],
  ]);
  return talk.ask(
    message(rq, Buffer.concat([element(8, 0x52, 'STUDY'), element(0x20, 0xd, '2.25.7.1')])),
    message(done),
  );
}

function remove(talk: Talk, sop: string): Talk {
  const rq = commandSet([
    [3, sop],
    [0x100, 0x150],
    [0x110, 1],
    [0x800, 0x101],
    [0x1001, '2.25.7.9'],
  ]);
  return talk.ask(
    message(rq),
    message(
      commandSet([
        [2, sop],
        [0x100, 0x8150],
        [0x120, 1],
        [0x800, 0x101],
        [0x900, 0],
      ]),
    ),
  );
}

/** A CT that stores over TLS, and asks at 104 for nothing. */
const tlsStore = (w: Ward): void =>
  w
    .tcp('ct', 'pacs', 2762)
    .ask(...tlsHellos(0x0303))
    .close();

const many = (n: number, f: (i: number) => void): void => {
  for (let i = 0; i < n; i++) f(i);
};

const program = element(
  9,
  0x1001,
  Buffer.concat([
    Buffer.from('MZ', 'latin1'),
    Buffer.alloc(62),
    Buffer.from('PE\0\0\x64\x86', 'latin1'),
    Buffer.alloc(64),
  ]),
);
const note = element(
  9,
  0x1001,
  Buffer.from(`maker's private notes about PE and MZ headers${' '.repeat(80)}`, 'latin1'),
);

export const DICOM_CASES: readonly ScenarioCase[] = [
  {
    scenario: 'dicom.ae.unknown',
    device: 'Archive',
    attack: (w) => release(associate(work(w).learned(), 'laptop', 'pacs', 'ROGUE', UID.find)),
    alike: 'a title the archive knows, from its own host, over a new connection',
    miss: (w) => release(associate(work(w).learned(), 'ct', 'pacs', 'CT1', UID.ct)),
  },
  {
    scenario: 'dicom.ae.wrong_host',
    device: 'Archive',
    attack: (w) => release(associate(work(w).learned(), 'pc', 'pacs', 'CT1', UID.ct)),
    alike: 'the same title from its own host, twice at once',
    miss: (w) => {
      work(w).learned();
      const a = associate(w, 'ct', 'pacs', 'CT1', UID.ct);
      release(associate(w, 'ct', 'pacs', 'CT1', UID.ct));
      release(a);
    },
  },
  {
    scenario: 'dicom.ae.brute_force',
    device: 'Archive',
    attack: (w) => {
      work(w).learned();
      many(6, (i) => refused(w, 'laptop', 'PROBE', `PACS${i}`));
    },
    alike: 'one wrong title again and again: a misconfigured station, as it was while it was learned',
    miss: (w) => {
      refused(work(w), 'viewer', 'VIEWER', 'OLDPACS');
      w.learned();
      many(12, () => refused(w, 'viewer', 'VIEWER', 'OLDPACS'));
    },
  },
  {
    scenario: 'dicom.echo.sweep',
    device: '10.7.9.66',
    attack: (w) => {
      work(w).learned();
      for (const to of ['pacs', 'ct', 'us', 'ris'] as const)
        release(echo(associate(w, 'laptop', to, 'ECHOSCU', UID.echo)));
    },
    alike: 'one server asked for verification many times',
    miss: (w) => {
      work(w).learned();
      many(10, () => release(echo(associate(w, 'viewer', 'pacs', 'VIEWER', UID.echo))));
    },
  },
  {
    scenario: 'dicom.find.enumeration',
    device: 'Archive',
    attack: (w) => {
      work(w).learned();
      many(3, () => release(find(associate(w, 'viewer', 'pacs', 'VIEWER', UID.find), UID.find, anyPatient, 30)));
    },
    alike: 'many queries, each for one patient',
    miss: (w) => {
      work(w).learned();
      many(12, () => release(find(associate(w, 'viewer', 'pacs', 'VIEWER', UID.find), UID.find, onePatient, 5)));
    },
  },
  {
    scenario: 'dicom.move.destination',
    device: 'Archive',
    attack: (w) => {
      release(move(associate(work(w), 'viewer', 'pacs', 'VIEWER', UID.move), 'VIEWER'));
      release(move(associate(w.learned(), 'viewer', 'pacs', 'VIEWER', UID.move), 'EVIL'));
    },
    alike: 'the destination it always named',
    miss: (w) => {
      release(move(associate(work(w), 'viewer', 'pacs', 'VIEWER', UID.move), 'VIEWER'));
      w.learned();
      many(5, () => release(move(associate(w, 'viewer', 'pacs', 'VIEWER', UID.move), 'VIEWER')));
    },
  },
  {
    scenario: 'dicom.get.bulk',
    device: 'Archive',
    attack: (w) => {
      release(get(associate(work(w), 'viewer', 'pacs', 'VIEWER', UID.get), 8));
      w.learned();
      many(4, () => release(get(associate(w, 'viewer', 'pacs', 'VIEWER', UID.get), 60)));
    },
    alike: 'a morning of reading: fewer than a bulk',
    miss: (w) => {
      release(get(associate(work(w), 'viewer', 'pacs', 'VIEWER', UID.get), 8));
      w.learned();
      many(12, () => release(get(associate(w, 'viewer', 'pacs', 'VIEWER', UID.get), 12)));
    },
  },
  {
    scenario: 'dicom.cleartext.external',
    device: 'CT 1',
    attack: (w) => release(store(associate(work(w).learned(), 'ct', '203.0.113.5', 'CT1', UID.ct), '2.25.7.1.2', 9000)),
    alike: 'the same object to the archive of the site',
    miss: (w) => release(store(associate(work(w).learned(), 'ct', 'pacs', 'CT1', UID.ct), '2.25.7.1.2', 9000)),
  },
  {
    scenario: 'dicom.dataset.executable',
    device: 'Archive',
    attack: (w) =>
      release(store(associate(work(w).learned(), 'ct', 'pacs', 'CT1', UID.ct), '2.25.7.1.2', 9000, program)),
    alike: 'a private element with text that speaks of programs',
    miss: (w) => release(store(associate(work(w).learned(), 'ct', 'pacs', 'CT1', UID.ct), '2.25.7.1.2', 9000, note)),
  },
  {
    scenario: 'dicom.pdu.malformed',
    device: 'Archive',
    attack: (w) => {
      const a = associate(work(w).learned(), 'ct', 'pacs', 'CT1', UID.ct);
      a.say(0, pdata(pdv(1, 3, Buffer.alloc(20), 4000))).reset(1);
    },
    alike: 'a PDV without content, which receivers take',
    miss: (w) => {
      const a = associate(work(w).learned(), 'ct', 'pacs', 'CT1', UID.ct);
      release(store(a.say(0, pdata(pdv(1, 0, Buffer.alloc(0)))), '2.25.7.1.2', 9000));
    },
  },
  {
    scenario: 'dicom.pdu.max_length',
    device: 'Archive',
    attack: (w) => {
      const contexts = [{ id: 1, abstract: UID.ct }];
      const rq = associateRq({ calling: 'CT1', contexts, maxPdu: 0xffffffff });
      release(
        work(w)
          .learned()
          .tcp('ct', 'pacs', 104)
          .ask(rq, associateAc({ calling: 'CT1', contexts })),
      );
    },
    alike: 'no limit at all, which the standard writes as 0',
    miss: (w) => {
      const contexts = [{ id: 1, abstract: UID.ct }];
      const rq = associateRq({ calling: 'CT1', contexts, maxPdu: 0 });
      release(
        work(w)
          .learned()
          .tcp('ct', 'pacs', 104)
          .ask(rq, associateAc({ calling: 'CT1', contexts })),
      );
    },
  },
  {
    scenario: 'dicom.state.violation',
    device: 'Archive',
    attack: (w) => {
      const a = associate(work(w).learned(), 'ct', 'pacs', 'CT1', UID.ct);
      a.ask(associateRq({ calling: 'CT1', contexts: [{ id: 1, abstract: UID.ct }] }), abort(2, 2)).close();
    },
    alike: 'a second association on the same connection, after the first was released',
    miss: (w) => {
      const contexts = [{ id: 1, abstract: UID.ct }];
      const a = associate(work(w).learned(), 'ct', 'pacs', 'CT1', UID.ct);
      a.ask(pdu(5, Buffer.alloc(4)), pdu(6, Buffer.alloc(4)));
      release(a.ask(associateRq({ calling: 'CT1', contexts }), associateAc({ calling: 'CT1', contexts })));
    },
  },
  {
    scenario: 'dicom.context.unnegotiated',
    device: 'Archive',
    attack: (w) => {
      const a = associate(work(w).learned(), 'viewer', 'pacs', 'VIEWER', UID.echo);
      const rq = commandSet([
        [2, UID.echo],
        [0x100, 0x30],
        [0x110, 1],
        [0x800, 0x101],
      ]);
      a.say(0, message(rq, undefined, 99)).reset(1);
    },
    alike: 'two contexts asked for, one refused, the other used',
    miss: (w) => {
      const both = [
        { id: 1, abstract: UID.echo },
        { id: 3, abstract: UID.find, result: 3 },
      ];
      const a = work(w).learned().tcp('viewer', 'pacs', 104);
      release(
        echo(
          a.ask(associateRq({ calling: 'VIEWER', contexts: both }), associateAc({ calling: 'VIEWER', contexts: both })),
        ),
      );
    },
  },
  {
    scenario: 'dicom.association.flood',
    device: 'Archive',
    attack: (w) => {
      work(w).learned();
      many(70, () => release(associate(w, 'viewer', 'pacs', 'VIEWER', UID.echo)));
    },
    alike: 'a busy quarter of an hour: as many, but not within a minute',
    miss: (w) => {
      work(w).learned();
      many(70, () => release(associate(w.wait(5), 'viewer', 'pacs', 'VIEWER', UID.echo)));
    },
  },
  {
    scenario: 'dicom.association.abandoned',
    device: 'Archive',
    attack: (w) => {
      work(w).learned();
      many(12, () => associate(w.wait(2), 'viewer', 'pacs', 'VIEWER', UID.echo).close());
    },
    alike: 'a modality that leaves a few so',
    miss: (w) => {
      work(w).learned();
      many(5, () => associate(w.wait(2), 'viewer', 'pacs', 'VIEWER', UID.echo).close());
    },
  },
  {
    scenario: 'dicom.abort.storm',
    device: 'Archive',
    attack: (w) => {
      work(w).learned();
      many(6, () => associate(w.wait(2), 'ct', 'pacs', 'CT1', UID.ct).say(0, abort(0, 0)).close());
    },
    alike: 'two aborts in a busy hour',
    miss: (w) => {
      work(w).learned();
      many(2, () => associate(w.wait(60), 'ct', 'pacs', 'CT1', UID.ct).say(0, abort(0, 0)).close());
    },
  },
  {
    scenario: 'dicom.sop.unexpected',
    device: 'CT 1',
    attack: (w) => release(associate(work(w).learned(), 'ct', 'pacs', 'CT1', UID.find)),
    alike: 'the one it always proposes, with another transfer',
    miss: (w) => release(store(associate(work(w).learned(), 'ct', 'pacs', 'CT1', UID.ct), '2.25.7.1.3', 500)),
  },
  {
    scenario: 'dicom.store.overwrite',
    device: 'Archive',
    attack: (w) => {
      release(store(associate(work(w), 'viewer', 'pacs', 'VIEWER', UID.ct), '2.25.7.1.8', 4000));
      release(store(associate(w.learned(), 'ct', 'pacs', 'CT1', UID.ct), '2.25.7.1.9', 40_000));
      release(store(associate(w.wait(20), 'viewer', 'pacs', 'VIEWER', UID.ct), '2.25.7.1.9', 52_000));
    },
    alike: 'sent again by another station with a rewritten header, the same length but for a hundred octets',
    miss: (w) => {
      release(store(associate(work(w), 'viewer', 'pacs', 'VIEWER', UID.ct), '2.25.7.1.8', 4000));
      release(store(associate(w.learned(), 'ct', 'pacs', 'CT1', UID.ct), '2.25.7.1.9', 40_000));
      release(store(associate(w.wait(20), 'viewer', 'pacs', 'VIEWER', UID.ct), '2.25.7.1.9', 40_100));
    },
  },
  {
    scenario: 'dicom.worklist.rogue',
    device: 'CT 1',
    attack: (w) => {
      release(find(associate(work(w), 'ct', 'ris', 'CT1', UID.worklist, 104, 'RIS'), UID.worklist, anyPatient, 3));
      release(
        find(associate(w.learned(), 'ct', 'laptop', 'CT1', UID.worklist, 104, 'RIS'), UID.worklist, anyPatient, 3),
      );
    },
    alike: 'its own worklist server, asked wide as worklists are',
    miss: (w) => {
      release(find(associate(work(w), 'ct', 'ris', 'CT1', UID.worklist, 104, 'RIS'), UID.worklist, anyPatient, 3));
      w.learned();
      many(4, () =>
        release(find(associate(w.wait(10), 'ct', 'ris', 'CT1', UID.worklist, 104, 'RIS'), UID.worklist, anyPatient, 9)),
      );
    },
  },
  {
    scenario: 'dicom.delete',
    device: 'Archive',
    attack: (w) => release(remove(associate(work(w).learned(), 'viewer', 'pacs', 'VIEWER', UID.find), UID.find)),
    alike: 'a film session deleted after printing',
    miss: (w) => release(remove(associate(work(w).learned(), 'viewer', 'pacs', 'VIEWER', UID.find), UID.film)),
  },
  {
    scenario: 'dicom.port.unusual',
    device: 'Archive',
    attack: (w) => release(associate(work(w).learned(), 'ct', 'pacs', 'CT1', UID.ct, 4242)),
    alike: 'the port it always used, from a client port never used',
    miss: (w) => release(associate(work(w).learned(), 'ct', 'pacs', 'CT1', UID.ct)),
  },
  {
    scenario: 'dicom.tls.downgrade',
    device: 'Archive',
    attack: (w) => {
      release(echo(associate(w.at(5), 'viewer', 'pacs', 'VIEWER', UID.echo)));
      tlsStore(w);
      release(associate(w.learned(), 'ct', 'pacs', 'CT1', UID.ct));
    },
    alike: 'a station that was always in clear, beside one that uses TLS',
    miss: (w) => {
      tlsStore(work(w));
      w.learned();
      tlsStore(w);
      release(echo(associate(w, 'viewer', 'pacs', 'VIEWER', UID.echo)));
    },
  },
  {
    scenario: 'dicom.opening.evasive',
    device: 'Archive',
    attack: (w) => {
      const contexts = [{ id: 1, abstract: UID.ct }];
      const rq = associateRq({ calling: 'CT1', contexts, version: 3, reserved: 7 });
      release(
        work(w)
          .learned()
          .tcp('ct', 'pacs', 104)
          .ask(rq, associateAc({ calling: 'CT1', contexts })),
      );
    },
    alike: 'the usual request, in two segments',
    miss: (w) => {
      const contexts = [{ id: 1, abstract: UID.ct }];
      const rq = associateRq({ calling: 'CT1', contexts });
      const a = work(w).learned().tcp('ct', 'pacs', 104).say(0, rq.subarray(0, 120));
      release(a.ask(rq.subarray(120), associateAc({ calling: 'CT1', contexts })));
    },
  },
];
