import t from 'tap';
import type { CaptureHealth } from '../../src/capture/index.js';
import type { SourceStats } from '../../src/core/index.js';
import { defaultSettings } from '../../src/runtime/index.js';
import { type Sight, Trust, type TrustWord } from '../../src/runtime/trust.js';

const SETTINGS = defaultSettings().trust;

/** A sensor that sees a hundred packets a second and nothing odd, second after second. */
class Seconds {
  readonly trust = new Trust(SETTINGS);
  stats = { delivered: 0, received: 0, droppedKernel: 0, droppedInterface: 0 };
  health: CaptureHealth | null = { interfaces: 1, up: 1, oversize: 0, unaccounted: 0, unexplained: 0 };
  clock = { count: 0, lastS: 0, shiftUs: 0 };
  rest = { duplicates: 0, oneSided: 0, twoSided: 40 };
  talking = 20;
  shedding = false;
  #us = 0;

  /** Seconds pass; `each` before every look. Answers all that was said. */
  pass(seconds: number, each: (s: this) => void = () => undefined, packets = 100): TrustWord[] {
    const said: TrustWord[] = [];
    for (let i = 0; i < seconds; i++) {
      this.stats.delivered += packets;
      this.stats.received += packets;
      each(this);
      const stats = { octets: 0, lastUs: 0, bytesRead: 0, bytesTotal: -1, ...this.stats } as SourceStats;
      this.#us += 1e6;
      const sight: Sight = {
        ...{ nowUs: this.#us, stats, health: this.health, clock: this.clock, ...this.rest },
        shedding: this.shedding,
        talking: () => this.talking,
      };
      said.push(...this.trust.look(sight));
    }
    return said;
  }
}

/** What began and ended, in order. */
const turns = (words: readonly TrustWord[]): string[] => {
  const out: string[] = [];
  const on = new Set<string>();
  for (const w of words) {
    if (w.on && !on.has(w.doubt)) out.push(`${w.doubt} on${w.blind ? ' blind' : ''}`);
    if (!w.on) out.push(`${w.doubt} off`);
    if (w.on) on.add(w.doubt);
    else on.delete(w.doubt);
  }
  return out;
};

t.test('an honest line gives no doubt', async (t) => {
  const s = new Seconds();
  t.same(s.pass(600), []);
  t.equal(s.trust.blind, false);
  s.health = null;
  s.stats = { ...s.stats, received: -1, droppedKernel: -1, droppedInterface: -1 };
  t.same(s.pass(120), [], 'nor a source that cannot count');
});

t.test('losses: told from one in a thousand on, blind from one in twenty on, over a minute later', async (t) => {
  const s = new Seconds();
  s.pass(100);
  t.same(
    s.pass(1, (x) => (x.stats.droppedKernel += 5)),
    [],
    'five of six thousand',
  );
  t.same(turns(s.pass(1, (x) => (x.stats.droppedInterface += 20))), ['loss on']);
  t.same(s.trust.blind, false);
  const words = s.pass(120, (x) => (x.stats.droppedKernel += 6));
  t.ok(words.some((w) => w.doubt === 'loss' && w.blind));
  t.ok(s.trust.blind);
  t.same(turns(s.pass(70)), ['loss on blind', 'loss off']);
  t.notOk(s.trust.blind);
});

t.test('what is not accounted for is told; what only waits in a ring is not', async (t) => {
  const s = new Seconds();
  let wave = 0;
  const waiting = s.pass(300, (x) => {
    x.health = { ...(x.health as CaptureHealth), unexplained: wave++ % 2 === 0 ? 60 : 0 };
  });
  t.same(waiting, []);
  const gone = s.pass(30, (x) => {
    const h = x.health as CaptureHealth;
    x.health = { ...h, unexplained: 0, unaccounted: h.unaccounted + 10 };
  });
  t.same(turns(gone), ['unexplained on']);
  t.match(gone[0].text, /packets of the last minute are not accounted for/);
  t.same(turns(s.pass(80)).at(-1), 'unexplained off');
});

t.test('merged frames, one direction only, everything twice', async (t) => {
  const s = new Seconds();
  s.pass(80);
  const grow = (x: Seconds): void => {
    x.health = { ...(x.health as CaptureHealth), oversize: (x.health as CaptureHealth).oversize + 1 };
  };
  t.same(s.pass(9, grow), [], 'nine frames in a minute');
  t.same(turns(s.pass(1, grow)), ['offload on']);
  t.same(turns(s.pass(60)), ['offload on', 'offload off']);
  s.rest = { ...s.rest, oneSided: 39 };
  t.same(s.pass(1), [], 'fewer than half');
  s.rest = { ...s.rest, oneSided: 40 };
  t.match(s.pass(1), [{ doubt: 'one_sided', observed: 0.5, text: /40 of 80 TCP conversations/ }]);
  s.rest = { duplicates: 0, oneSided: 9, twoSided: 0 };
  t.same(turns(s.pass(1)), ['one_sided off'], 'too few to say');
  t.same(turns(s.pass(60, (x) => (x.rest.duplicates += 50))), ['duplicates on']);
  t.same(turns(s.pass(60)).at(-1), 'duplicates off');
});

t.test('a silent line, and a link that is down: blind until packets come', async (t) => {
  const s = new Seconds();
  s.pass(10);
  t.same(s.pass(59, undefined, 0), []);
  const words = s.pass(5, undefined, 0);
  t.same(turns(words), ['silent on blind']);
  t.match(words[0].text, /No packet has come in for 60 s although the link is up/);
  t.ok(s.trust.blind);
  s.health = { ...(s.health as CaptureHealth), up: 0 };
  t.same(turns(s.pass(5, undefined, 0)), ['link on blind', 'silent off'], 'the link says why');
  s.health = { ...(s.health as CaptureHealth), up: 1 };
  t.same(turns(s.pass(1)), ['link off']);
  t.notOk(s.trust.blind);
});

t.test('half of those who talk are gone at once: told within fifteen seconds, accepted when it stays so', async (t) => {
  const s = new Seconds();
  s.pass(300);
  s.talking = 11;
  t.same(s.pass(60), [], 'fewer than half are gone');
  s.talking = 8;
  const words = s.pass(15);
  t.same(turns(words), ['gone on blind']);
  t.match(words[0].text, /Only 8 of the 20 devices that were talking/);
  t.ok(s.trust.blind);
  t.same(turns(s.pass(120)).at(-1), 'gone off', 'they stay silent: that is told of each');
  const few = new Seconds();
  few.talking = 5;
  few.pass(300);
  few.talking = 0;
  t.same(few.pass(60), [], 'five devices are not many');
  const dead = new Seconds();
  dead.pass(300);
  dead.talking = 0;
  t.same(turns(dead.pass(100, undefined, 0)), ['silent on blind'], 'a mirror that is dead is said once');
  const busy = new Seconds();
  busy.pass(300);
  busy.shedding = true;
  busy.talking = 3;
  t.same(busy.pass(60), [], 'devices the overload ladder keeps away');
  t.ok(busy.trust.blind, 'are not called silent');
  busy.shedding = false;
  busy.talking = 20;
  t.same(busy.pass(60), []);
  t.notOk(busy.trust.blind);
  const bursts = new Seconds();
  let n = 0;
  t.same(
    bursts.pass(900, (x) => {
      x.talking = n++ % 60 < 20 ? 50 : 0;
    }),
    [],
    'devices that all speak once a minute at the same time',
  );
});

t.test('a step of the clock is told once, small ones are only counted', async (t) => {
  const s = new Seconds();
  s.pass(5);
  s.clock = { count: 1, lastS: -3600, shiftUs: 3.6e9 };
  const words = s.pass(30);
  t.equal(words.length, 1);
  t.match(words[0], { doubt: 'clock', on: true, observed: -3600, text: /set back by 3600\.00 s/ });
  s.clock = { count: 2, lastS: 0.3, shiftUs: 3.6e9 };
  t.same(s.pass(5), []);
  t.notOk(s.trust.has('clock'));
});
