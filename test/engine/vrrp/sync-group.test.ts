/** A sync group changes state as a whole: which member waits, which one follows, and what is reported. */
import { describe, expect, it } from 'vitest';
import type { VrrpInstanceConfig } from '../../../src/engine/core/config.ts';
import { instant } from '../../../src/time.ts';
import { BASE, Bench, configOf } from '../../support/engine.ts';

const DOWN = 3_609_375;

/** Members a, b (and so on) with VRIDs 51, 52, ... */
function group(...changes: readonly Partial<VrrpInstanceConfig>[]): Bench {
  const bench = new Bench();
  const members = changes.map((change, i) => ({
    ...BASE,
    name: String.fromCharCode(97 + i),
    vrid: 51 + i,
    ...change,
  }));
  const notify = { priorityChanges: false, smtpAlert: false };
  const names = members.map(({ name }) => name);
  bench.use({
    ...configOf(...members),
    syncGroups: [
      { name: 'G', members: names, trackInterfaces: [], tracks: [], memberWeights: false, notify },
    ],
  });
  return bench;
}
const names = (bench: Bench): string[] => bench.router.instances.map(({ name }) => name);
const reasons = (bench: Bench): string[] => bench.router.instances.map(({ why }) => why);

describe('a member that is ready before the others', () => {
  it('waits as a Backup, even as the owner', () => {
    const bench = group({ priority: 255 }, {});
    expect(bench.start()).toEqual(['INIT->BACKUP owner', 'INIT->BACKUP startup', 'group G BACKUP']);
    expect(reasons(bench)).toEqual([
      'owns the addresses (priority 255)',
      'waits 3.61 s for adverts',
    ]);
    bench.run(DOWN);
    expect(bench.take()).toEqual([
      'send 100',
      'install',
      'announce',
      'BACKUP->MASTER no-response',
      'send 255',
      'install',
      'announce',
      'BACKUP->MASTER sync-group',
      'group G MASTER',
    ]);
    expect(reasons(bench)).toEqual(['all of sync group G are ready', 'heard no advert for 3.61 s']);
  });

  it('waits as a Backup after FAULT, too', () => {
    const bench = group({ priority: 255 }, {});
    bench.start();
    bench.interface(false);
    expect(names(bench)).toEqual(['FAULT', 'FAULT']);
    bench.take();
    bench.interface();
    expect(bench.take()).toEqual([
      'FAULT->BACKUP recovered',
      'FAULT->BACKUP owner',
      'group G BACKUP',
    ]);
  });

  it('keeps its reason, and restarts its timer without the resignation', () => {
    const bench = group({}, {});
    bench.start();
    bench.run(1_000_000);
    bench.hear(200, { vrid: 52 });
    bench.run(1_500_000);
    bench.hear(0, {}, '10.0.0.9');
    bench.take();
    bench.run(1_500_000 + 609_375);
    expect(bench.take()).toEqual([]);
    expect(reasons(bench)[0]).toBe('waits 3.61 s for adverts');
    const [a] = bench.router.instances;
    expect(a).toMatchObject({ wants: true, resigned: undefined });
    expect(a?.deadlines.down).toBe(1_500_000 + 609_375 + DOWN);
  });
});

describe('a group that yields', () => {
  it('reports a reason per member, and a member that heard nothing waits its own time', () => {
    const bench = group({}, {}).active();
    bench.hear(200);
    expect(bench.take()).toEqual([
      'received accepted',
      'withdraw',
      'MASTER->BACKUP higher-priority',
      'group G BACKUP',
      'send 0',
      'withdraw',
      'MASTER->BACKUP sync-group',
    ]);
    expect(reasons(bench)).toEqual([
      'advert from 10.0.0.9 with priority 200',
      'a of its sync group is Active no longer',
    ]);
    expect(bench.router.instances.map(({ wants }) => wants)).toEqual([false, false]);
    // a still hears the winner; b hears no router, and must not become Active without a.
    for (let i = 0; i < 8; i++) {
      bench.run(bench.now + 900_000);
      bench.hear(200);
    }
    expect(names(bench)).toEqual(['BACKUP', 'BACKUP']);
  });

  it('takes all members down, with resignations, if one Active cannot send', () => {
    const bench = group({}, {}).active();
    bench.sends = false;
    bench.run(bench.now + 1_000_000);
    expect(names(bench)).toEqual(['MASTER', 'MASTER']);
    bench.run(bench.now + 2_000_000);
    expect(names(bench)).toContain('FAULT');
    expect(names(bench)).not.toContain('MASTER');
  });

  it('is not moved by a Backup that cannot send: it has nothing to withdraw', () => {
    const bench = group({}, {});
    bench.start();
    bench.sends = false;
    bench.run(DOWN);
    expect(bench.take().filter((line) => line === 'withdraw')).toEqual([]);
  });

  it('is in INIT while a member is', () => {
    const bench = group({}, {});
    bench.start();
    bench.input({ kind: 'shutdown' });
    expect(bench.take()).toEqual([
      'BACKUP->INIT shutdown',
      'group G INIT',
      'BACKUP->INIT shutdown',
    ]);
  });
});

describe('a group of three', () => {
  it('becomes Active when its last member is ready, in the order of its members', () => {
    const bench = group({ priority: 254 }, { priority: 100 }, { priority: 200 });
    bench.start();
    bench.run(DOWN);
    const lines = bench.take().filter((line) => line.includes('->') || line.startsWith('group'));
    expect(lines).toEqual([
      'BACKUP->MASTER no-response',
      'BACKUP->MASTER sync-group',
      'BACKUP->MASTER sync-group',
      'group G MASTER',
    ]);
    expect(bench.router.instances.map(({ since }) => since)).toEqual(
      [DOWN, DOWN, DOWN].map(instant),
    );
  });
});

describe('a group with a member that a reload adds', () => {
  /** Two members are Active, and a third one is added. */
  function grown(): Bench {
    const bench = group({}, {}).active();
    const { config } = bench.router;
    const [first] = config.instances;
    const [whole] = config.syncGroups;
    if (first === undefined || whole === undefined) throw new Error('there is a group');
    const third = { ...first, name: 'c', vrid: 53 };
    const instances = [...config.instances, third];
    const syncGroups = [{ ...whole, members: ['a', 'b', 'c'] }];
    bench.input({ kind: 'config', config: { ...config, instances, syncGroups } });
    return bench;
  }

  it('stays MASTER, and reports when it leaves it', () => {
    const bench = grown();
    expect(bench.take()).toEqual(['send 100', 'send 100', 'INIT->BACKUP startup']);
    expect(bench.router.groups[0]?.name).toBe('MASTER');
    bench.run(bench.now + DOWN);
    expect(names(bench)).toEqual(['MASTER', 'MASTER', 'MASTER']);
    expect(bench.take().filter((line) => line.startsWith('group'))).toEqual([]);
    bench.interface(false);
    expect(bench.take()).toContain('group G FAULT');
  });

  it('yields if another router is Active in the new instance', () => {
    const bench = grown();
    bench.take();
    bench.hear(200, { vrid: 53 });
    expect(names(bench)).toEqual(['BACKUP', 'BACKUP', 'BACKUP']);
    const lines = bench.take();
    expect(lines.filter((line) => line === 'send 0')).toHaveLength(2);
    expect(lines.filter((line) => line.startsWith('group'))).toEqual(['group G BACKUP']);
  });

  it('yields if an old member has to, and the new member counts from then on', () => {
    const bench = grown();
    bench.take();
    bench.hear(200, { vrid: 51 });
    expect(names(bench)).toEqual(['BACKUP', 'BACKUP', 'BACKUP']);
    expect(bench.take()).toContain('group G BACKUP');
    expect(bench.router.groups[0]?.joining.size).toBe(0);
  });

  it('keeps its state over a reload without a change; a new group starts with its own', () => {
    const bench = group({}, {}).active();
    bench.input({ kind: 'config', config: bench.router.config });
    expect(bench.router.groups[0]?.name).toBe('MASTER');
    const { syncGroups, ...rest } = bench.router.config;
    bench.input({ kind: 'config', config: { ...rest, syncGroups: [] } });
    bench.input({ kind: 'config', config: { ...rest, syncGroups } });
    expect(bench.router.groups[0]?.name).toBe('MASTER');
  });
});
