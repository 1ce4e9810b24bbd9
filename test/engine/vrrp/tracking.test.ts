import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  nextCheckerDeadline,
  probeEnded,
  startChecker,
} from '../../../src/engine/check/checker.ts';
import type { DaemonConfig } from '../../../src/engine/core/config.ts';
import type { ObjectTrack, VrrpScriptConfig } from '../../../src/engine/core/config-track.ts';
import {
  createScript,
  type ScriptState,
  wakeScript,
} from '../../../src/engine/vrrp/script-tracker.ts';
import { describeRouter } from '../../../src/engine/vrrp/status.ts';
import { instant, milliseconds, seconds } from '../../../src/time.ts';
import { BASE, Bench, configOf } from '../../support/engine.ts';
import { cases } from '../../support/nightly.ts';

const SCRIPT: VrrpScriptConfig = {
  name: 'check',
  command: { argv: ['/bin/check'], user: undefined },
  interval: seconds(1),
  timeout: seconds(1),
  rise: 1,
  fall: 1,
  weight: { value: 0, reverse: false },
  initFail: false,
};

const track = (kind: ObjectTrack['kind'], value: number, reverse = false): ObjectTrack => ({
  kind,
  name: 'check',
  weight: { value, reverse },
});

function tracking(track: ObjectTrack, script: Partial<VrrpScriptConfig> = {}): Bench {
  const whole: Partial<DaemonConfig> =
    track.kind === 'script'
      ? { scripts: [{ ...SCRIPT, ...script }] }
      : track.kind === 'process'
        ? {
            processes: [
              {
                name: 'check',
                argv: ['nginx'],
                match: undefined,
                fullCommand: false,
                weight: track.weight,
                quorum: 2,
                quorumMax: 3,
                forkDelay: milliseconds(0),
                terminateDelay: milliseconds(0),
              },
            ],
          }
        : { files: [{ name: 'check', path: '/f', weight: track.weight, initial: undefined }] };
  return new Bench({ tracks: [track] }, '10.0.0.5', whole);
}

/** Ends a run of the script; starts one if none is running. */
const ended = (bench: Bench, ok: boolean): void => {
  if (bench.router.scripts[0]?.check.flight === 'none') bench.run(bench.now + 1_000_000);
  bench.take();
  bench.input({ kind: 'script-ended', name: 'check', ok });
};

/** One run of a script by itself. */
const result = (state: ScriptState, ok: boolean): void => {
  const at = nextCheckerDeadline(state.check) ?? instant(0);
  wakeScript(state, at, () => true);
  probeEnded(state.check, state.check.probe, ok, at);
};

describe('a tracked script', () => {
  it('without a weight keeps the router in INIT until its first result, and takes it to FAULT later', () => {
    const bench = tracking(track('script', 0));
    expect(bench.start()).toEqual(['run-script']);
    expect(describeRouter(bench.router, bench.now).instances[0]).toMatchObject({
      state: 'INIT',
      why: 'waits for the first result of script check',
    });
    ended(bench, true);
    expect(bench.take()).toEqual(['script', 'INIT->BACKUP startup']);
    for (let i = 0; i < 4; i++) ended(bench, true);
    expect(bench.state()).toBe('MASTER');
    bench.take();
    ended(bench, false);
    expect(bench.take()).toEqual(['script', 'send 0', 'withdraw', 'MASTER->FAULT tracked-object']);
    ended(bench, true);
    expect(bench.take()).toEqual(['script', 'FAULT->BACKUP recovered']);
  });

  it('without a weight that fails at first means FAULT, reported once', () => {
    const bench = tracking(track('script', 0));
    bench.start();
    ended(bench, false);
    expect(bench.take()).toEqual(['script', 'INIT->FAULT tracked-object']);
    ended(bench, false);
    expect(bench.take()).toEqual([]);
  });

  it('that never ends has failed after its timeout', () => {
    const bench = tracking(track('script', 0));
    bench.start();
    bench.run(1_000_000);
    expect(bench.take()).toEqual(['end-script', 'script', 'INIT->FAULT tracked-object']);
  });

  it('without a result is waited for by a router that leaves FAULT, too', () => {
    const bench = tracking(track('script', 0));
    bench.interface(false);
    bench.input({ kind: 'startup' });
    expect(bench.take()).toEqual(['run-script', 'INIT->FAULT interface-down']);
    bench.interface();
    expect([bench.take(), bench.state()]).toEqual([[], 'FAULT']);
    ended(bench, true);
    expect(bench.take()).toEqual(['script', 'FAULT->BACKUP recovered']);
  });

  it('with init_fail has failed before its first run', () => {
    const bench = tracking(track('script', 0), { initFail: true });
    expect(bench.start()).toEqual(['run-script', 'INIT->FAULT tracked-object']);
  });

  it('without a result does not end an Active whose process was restarted', () => {
    const bench = tracking(track('script', 0));
    bench.interface();
    bench.now = instant(1_000_000);
    const resume = { instances: ['web'], diedAt: instant(900_000) };
    bench.input({ kind: 'startup', resume });
    expect(bench.take()).toEqual([
      'run-script',
      'send 100',
      'install',
      'announce',
      'INIT->MASTER resumed',
    ]);
    ended(bench, false);
    expect(bench.take()).toContain('MASTER->FAULT tracked-object');
  });

  it('without a result holds back every member of its sync group, and shortens no delay', () => {
    const bench = tracking(track('script', 0));
    const [instance] = bench.router.config.instances;
    const other = { ...BASE, name: 'other', vrid: 52 };
    const notify = { priorityChanges: false, smtpAlert: false };
    const group = { name: 'G', members: ['web', 'other'], trackInterfaces: [], tracks: [] };
    const config: DaemonConfig = {
      ...configOf(...(instance === undefined ? [] : [instance]), other),
      scripts: [SCRIPT],
      syncGroups: [{ ...group, memberWeights: false, notify }],
    };
    bench.use(config);
    expect(bench.start()).toEqual(['run-script']);
    ended(bench, true);
    expect(bench.take()).toEqual([
      'script',
      'INIT->BACKUP startup',
      'INIT->BACKUP startup',
      'group G BACKUP',
    ]);
    bench.use({ ...config, global: { ...config.global, startupDelay: milliseconds(500) } });
    bench.start();
    ended(bench, true);
    expect(bench.take()).toEqual(['script']);
    bench.run(bench.now + 500_000);
    expect(bench.take()).toContain('INIT->BACKUP startup');
  });

  it.each([
    [20, true, 120],
    [20, false, 100],
    [-20, true, 100],
    [-20, false, 80],
  ])('with weight %i that ends %s gives priority %i', (weight, ok, priority) => {
    const bench = tracking(track('script', weight));
    bench.start();
    expect(bench.state()).toBe('BACKUP');
    ended(bench, ok);
    expect(bench.router.instances[0]?.priority).toBe(priority);
  });

  it('with reverse is inverted', () => {
    const bench = tracking(track('script', -20, true));
    bench.start();
    ended(bench, true);
    expect(bench.router.instances[0]?.priority).toBe(80);
  });

  it('keeps the priority in 1..254, and an owner at 255', () => {
    for (const [priority, weight, result] of [
      [250, 100, 254],
      [10, -100, 1],
      [255, -100, 255],
    ] as const) {
      const tracked = track('script', weight);
      const whole = { scripts: [SCRIPT] };
      const bench = new Bench({ tracks: [tracked], priority }, '10.0.0.5', whole);
      bench.start();
      ended(bench, weight > 0);
      expect(bench.router.instances[0]?.priority).toBe(result);
    }
  });

  it('moves a running Active_Down_Timer by the difference in Skew_Time', () => {
    const bench = tracking(track('script', -50));
    bench.start();
    const before = bench.router.instances[0]?.deadlines.down ?? 0;
    ended(bench, false);
    expect(bench.router.instances[0]?.deadlines.down).toBe(
      before + Math.round((50 * 1_000_000) / 256),
    );
  });

  it('makes a Backup take over if its priority becomes the higher one', () => {
    const bench = tracking(track('script', 20));
    bench.start();
    for (let i = 1; i <= 3; i++) {
      bench.run(i * 1_000_000);
      bench.hear(110);
    }
    expect(bench.state()).toBe('BACKUP');
    ended(bench, true);
    bench.hear(110);
    bench.run(bench.now + 4_000_000);
    expect(bench.state()).toBe('MASTER');
  });
});

describe('rise and fall (keepalived)', () => {
  const up = (results: string, rise: number, fall: number, initFail = false): boolean => {
    const state = createScript({ ...SCRIPT, rise, fall, initFail });
    startChecker(state.check, instant(0));
    for (const letter of results) result(state, letter === 'S');
    return state.check.up === true;
  };

  it.each([
    ['S', 2, 3, true],
    ['F', 2, 3, false],
    ['SFF', 2, 3, true],
    ['SFFF', 2, 3, false],
    ['SFFSFF', 2, 3, true],
    ['FS', 2, 3, false],
    ['FSS', 2, 3, true],
    ['FSFS', 2, 3, false],
  ] as const)('%s with rise %i and fall %i', (results, rise, fall, expected) => {
    expect(up(results, rise, fall)).toBe(expected);
  });

  it('with init_fail are down until the script has risen', () => {
    expect(createScript({ ...SCRIPT, initFail: true }).check.up).toBe(false);
    expect(up('S', 2, 3, true)).toBe(false);
    expect(up('SS', 2, 3, true)).toBe(true);
  });

  it('need fall failures in a row to go down and rise successes to come up', () => {
    const counts = fc.record({
      rise: fc.integer({ min: 1, max: 5 }),
      fall: fc.integer({ min: 1, max: 5 }),
    });
    fc.assert(
      fc.property(counts, fc.array(fc.boolean(), { maxLength: 60 }), ({ rise, fall }, results) => {
        const state = createScript({ ...SCRIPT, rise, fall });
        startChecker(state.check, instant(0));
        let run = 0;
        let expected: boolean | undefined;
        let last: boolean | undefined;
        for (const ok of results) {
          run = ok === last ? run + 1 : 1;
          last = ok;
          result(state, ok);
          if (expected === undefined) expected = ok;
          else if (!expected && ok && run >= rise) expected = true;
          else if (expected && !ok && run >= fall) expected = false;
          expect(state.check.up).toBe(expected);
        }
      }),
      { numRuns: cases(300, 5_000) },
    );
  });
});

describe('the runs of a script', () => {
  it('never overlap; a run that hangs gets TERM, and KILL two seconds later (keepalived #774, #2469)', () => {
    const state = createScript({ ...SCRIPT, timeout: milliseconds(2_500) });
    const lines: string[] = [];
    startChecker(state.check, instant(0));
    for (;;) {
      const at = nextCheckerDeadline(state.check);
      if (at === undefined || at > 6_000_000) break;
      wakeScript(state, at, (effect) => {
        const what = effect.kind === 'end-script' ? effect.signal : effect.kind;
        return lines.push(`${at / 1_000_000} ${what}`) > 0;
      });
    }
    expect(lines).toEqual(['0 run-script', '2.5 SIGTERM', '4.5 SIGKILL']);
    expect(state.check.skipped).toBe(6);
    // keepalived counts exit code 0 after SIGTERM as success, so a script with a trap hides a hang.
    probeEnded(state.check, state.check.probe, true, instant(6_000_000));
    expect(state.check.up).toBe(false);
  });
});

describe('files, processes and interfaces', () => {
  it.each([
    [2, 5, 110, 'BACKUP'],
    [-2, 5, 90, 'BACKUP'],
    [-100, 3, 100, 'FAULT'],
    [0, 0, 100, 'BACKUP'],
    [0, 1, 100, 'FAULT'],
  ])('a file with weight %i and value %i: priority %i, %s', (weight, value, priority, name) => {
    const bench = tracking(track('file', weight));
    bench.start();
    bench.input({ kind: 'file', name: 'check', value });
    expect([bench.router.instances[0]?.priority, bench.state()]).toEqual([priority, name]);
  });

  it('a process must run between quorum and quorum_max times', () => {
    const bench = tracking(track('process', 0));
    bench.start();
    const states = [0, 1, 2, 3, 4].map((count) => {
      bench.input({ kind: 'process-count', name: 'check', count });
      return bench.state();
    });
    expect(states).toEqual(['FAULT', 'FAULT', 'BACKUP', 'BACKUP', 'FAULT']);
  });

  it('another interface that goes down means FAULT, or with a weight less priority', () => {
    const status = (up: boolean) =>
      ({
        kind: 'interface',
        status: { name: 'wan', up, primary4: undefined, primary6: undefined },
      }) as const;
    for (const [value, name, priority] of [
      [0, 'FAULT', 100],
      [-30, 'BACKUP', 70],
    ] as const) {
      const weight = { value, reverse: false };
      const bench = new Bench({ trackInterfaces: [{ interface: 'wan', weight }] });
      bench.input(status(true));
      bench.start();
      expect(bench.state()).toBe('BACKUP');
      bench.input(status(false));
      expect([bench.state(), bench.router.instances[0]?.priority]).toEqual([name, priority]);
      bench.input(status(true));
      expect([bench.state(), bench.router.instances[0]?.priority]).toEqual(['BACKUP', 100]);
    }
  });

  it('interface_up_down_delays: a flap shorter than the delay is ignored (keepalived #1465, #2142)', () => {
    const delay = { interface: 'lan', down: milliseconds(500), up: milliseconds(200) };
    const bench = new Bench({}, '10.0.0.5', { linkDelays: [delay] });
    bench.start();
    bench.interface(false);
    expect(bench.state()).toBe('BACKUP');
    bench.run(400_000);
    bench.interface(true);
    bench.run(1_000_000);
    expect(bench.state()).toBe('BACKUP');
    bench.interface(false);
    bench.run(1_500_000);
    expect(bench.state()).toBe('FAULT');
  });
});

describe('a sync group (keepalived vrrp_sync_group)', () => {
  const two = (memberWeights = false): Bench => {
    const bench = new Bench();
    const inside = { ...BASE, name: 'in', vrid: 52, interface: 'inside' };
    const config = {
      ...configOf(BASE, inside),
      syncGroups: [
        {
          name: 'G',
          members: ['web', 'in'],
          trackInterfaces: [],
          tracks: [],
          memberWeights,
          notify: { priorityChanges: false, smtpAlert: false },
        },
      ],
    };
    bench.use(config);
    for (const name of ['lan', 'inside'])
      bench.input({
        kind: 'interface',
        status: { name, up: true, primary4: bench.source, primary6: undefined },
      });
    bench.input({ kind: 'startup' });
    bench.take();
    return bench;
  };
  const states = (bench: Bench): string[] => bench.router.instances.map(({ name }) => name);
  const hearInside = (bench: Bench, priority: number): void =>
    bench.hear(priority, { vrid: 52 }, '10.0.0.9', 'inside');

  it('becomes MASTER together', () => {
    const bench = two();
    bench.run(4_000_000);
    expect(states(bench)).toEqual(['MASTER', 'MASTER']);
    expect(bench.take()).toContain('group G MASTER');
  });

  it('stays BACKUP as a whole while a member hears a higher priority (keepalived #285, #624)', () => {
    const bench = two();
    for (let i = 1; i <= 10; i++) {
      bench.run(i * 900_000);
      hearInside(bench, 200);
    }
    expect(states(bench)).toEqual(['BACKUP', 'BACKUP']);
    bench.run(bench.now + 7_500_000);
    expect(states(bench)).toEqual(['MASTER', 'MASTER']);
  });

  it('yields together: the other member resigns', () => {
    const bench = two();
    bench.run(4_000_000);
    bench.take();
    hearInside(bench, 200);
    expect(states(bench)).toEqual(['BACKUP', 'BACKUP']);
    expect(bench.take()).toContain('send 0');
  });

  it('goes to FAULT and comes back together (keepalived #1532, #2685)', () => {
    const bench = two();
    bench.run(4_000_000);
    bench.take();
    const inside = (up: boolean): void =>
      bench.input({
        kind: 'interface',
        status: { name: 'inside', up, primary4: bench.source, primary6: undefined },
      });
    inside(false);
    expect(states(bench)).toEqual(['FAULT', 'FAULT']);
    expect(bench.take()).toEqual(
      expect.arrayContaining(['send 0', 'withdraw', 'group G FAULT', 'MASTER->FAULT sync-group']),
    );
    inside(true);
    expect(states(bench)).toEqual(['BACKUP', 'BACKUP']);
    bench.run(bench.now + 4_000_000);
    expect(states(bench)).toEqual(['MASTER', 'MASTER']);
  });
});
