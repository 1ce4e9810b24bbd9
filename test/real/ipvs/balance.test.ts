/** Traffic, faults, reloads and crashes with the kernel's ip_vs (test/tiers/in-uml.mjs). */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Farm, real, VIP, VIP6, virtual } from '../../support/farm.ts';
import { becomes, type Daemon, pause } from '../../support/netns.ts';

let farm: Farm;
let runs = 0;
beforeEach(() => {
  farm = new Farm(`b${runs++}`);
});
afterEach(() => farm.close());

const ipvsadm = (...args: string[]): string => farm.must('lb', 'ipvsadm', ...args);
/** `10.50.2.11:80 1` for each destination, with its weight. */
const destinations = (): string[] =>
  [...ipvsadm('-Ln').matchAll(/-> ((?:\d|\[)\S+) +\S+ +(\d+)/g)].map(
    ([, place, weight]) => `${place} ${weight}`,
  );
/** Connections of each destination since it is in the table. */
const connections = (): string[] =>
  [...ipvsadm('-Ln', '--stats').matchAll(/^(?:TCP|FWM| +->) +((?:\d|\[)\S+) +\S*?(\d+)/gm)].map(
    ([, place, count]) => `${place} ${count}`,
  );
const share = (answers: readonly string[], name: string): number =>
  answers.filter((answer) => answer === name).length;
const has = (what: string, wanted: readonly string[], story: () => string): Promise<void> =>
  becomes(
    what,
    () => destinations().toSorted().join() === wanted.join(),
    30_000,
    () => `${destinations().join()}\n${story()}`,
  );
const reload = (config: string, daemon: Daemon): void => {
  farm.net.write('lb.conf', config);
  daemon.child.kill('SIGHUP');
};

const ONE = '10.50.2.11:80 1';
const TWO = '10.50.2.12:80 1';
const FOREIGN = ['-A', '-t', '10.50.1.77:8080', '-s', 'sed'];

it.each(['halabd', 'keepalived'] as const)(
  '%s: traffic alternates; a failed server leaves table and traffic, and returns',
  async (engine) => {
    await farm.serve('web1', 'web2');
    const a = farm[engine](virtual([real('web1'), real('web2')]));
    await has('both', [ONE, TWO], a.output);
    expect(share(farm.ask(10), 'web1')).toBe(5);
    farm.stop('web1');
    await has('web1 is gone', [TWO], a.output);
    expect(farm.ask(6)).toEqual(Array(6).fill('web2'));
    farm.start('web1');
    await has('web1 is back', [ONE, TWO], a.output);
    expect(share(farm.ask(10), 'web1')).toBe(5);
  },
);

it('weights, a mark and IPv6 carry traffic', async () => {
  await farm.serve('web1', 'web2');
  // This kernel has no nftables, so tc marks incoming packets.
  farm.must('lb', 'tc', 'qdisc', 'add', 'dev', 'lan', 'ingress');
  const match = ['u32', 'match', 'ip', 'dst', '10.50.1.101/32'];
  const mark = ['action', 'skbedit', 'mark', '7'];
  farm.must(
    'lb',
    'tc',
    'filter',
    'add',
    'dev',
    'lan',
    'parent',
    'ffff:',
    'protocol',
    'ip',
    ...match,
    ...mark,
  );
  farm.must('lb', 'ip', 'addr', 'add', '10.50.1.101/32', 'dev', 'lan');
  const six = { six: true };
  const reals = [real('web1', { more: 'weight 3' }), real('web2')];
  const a = farm.halabd(
    virtual(reals).replace('rr', 'wrr') +
      virtual([real('web1'), real('web2')], '', 'fwmark 7') +
      virtual([real('web1', six), real('web2', six)], '', `${VIP6} 80`),
  );
  await becomes('all', () => destinations().length === 6, 20_000, a.output);
  expect(share(farm.ask(8), 'web1')).toBe(6);
  expect(share(farm.ask(6, '10.50.1.101'), 'web1')).toBe(3);
  expect(share(farm.ask(6, VIP6), 'web1')).toBe(3);
});

it('persistence keeps a client at its server', async () => {
  await farm.serve('web1', 'web2');
  const a = farm.halabd(virtual([real('web1'), real('web2')], 'persistence_timeout 60'));
  await has('both', [ONE, TWO], a.output);
  expect(new Set(farm.ask(6)).size).toBe(1);
});

it('all servers down: the sorry server serves; inhibited ones stay with weight 0', async () => {
  await farm.serve('web1', 'web2', 'web3');
  const reals = [real('web1', { more: 'inhibit_on_failure' }), real('web2')];
  const a = farm.halabd(virtual(reals, 'sorry_server 10.50.2.13 80'));
  await has('both', [ONE, TWO], a.output);
  farm.stop('web1');
  await has('web1 weighs nothing', ['10.50.2.11:80 0', TWO], a.output);
  expect(farm.ask(3)).toEqual(Array(3).fill('web2'));
  farm.stop('web2');
  await has('sorry', ['10.50.2.11:80 0', '10.50.2.13:80 1'], a.output);
  expect(farm.ask(3)).toEqual(Array(3).fill('web3'));
});

it('a reload edits only what it changes, and foreign services are never touched', async () => {
  await farm.serve('web1', 'web2', 'web3');
  ipvsadm(...FOREIGN);
  const second = virtual([real('web3')], '', `${VIP} 81`);
  const a = farm.halabd(virtual([real('web1'), real('web2')]) + second);
  await has('all', [ONE, TWO, '10.50.2.13:80 1'], a.output);
  farm.ask(4);
  farm.ask(2, VIP, 81);
  farm.stop('web2');
  await has('web2 is down', [ONE, '10.50.2.13:80 1'], a.output);
  await becomes('counted', () => connections().includes(`${VIP}:81 2`), 10_000);
  const before = connections();
  reload(virtual([real('web1', { more: 'weight 5' }), real('web2')]) + second, a);
  await has('web1 weighs more', ['10.50.2.11:80 5', '10.50.2.13:80 1'], a.output);
  await pause(1_000);
  expect(destinations()).not.toContain(TWO);
  expect(connections()).toEqual(before);
  expect(ipvsadm('-Sn')).toContain(FOREIGN.join(' '));
  reload(virtual([real('web1', { more: 'weight 5' }), real('web2')]), a);
  await has('one service less', ['10.50.2.11:80 5'], a.output);
  expect(ipvsadm('-Sn')).not.toContain(`${VIP}:81`);
  a.child.kill('SIGTERM');
  expect(await a.exit).toBe(0);
  expect(ipvsadm('-Sn').trim()).toBe(FOREIGN.join(' '));
});

it('a new check child takes over the existing table', async () => {
  await farm.serve('web1', 'web2');
  const a = farm.halabd(virtual([real('web1'), real('web2')]));
  await has('both', [ONE, TWO], a.output);
  farm.stop('web1');
  await has('web1 is down', [TWO], a.output);
  farm.ask(3);
  // The kernel updates its counters every two seconds.
  await becomes('counted', () => connections().includes('10.50.2.12:80 3'), 10_000);
  farm.net.kill('lb', 'check-child');
  expect(farm.ask(1)).toEqual(['web2']);
  await becomes('a new child', () => a.output().split('the IPVS of the kernel').length > 2, 20_000);
  await becomes('goes on counting', () => connections().includes('10.50.2.12:80 4'), 10_000);
  expect(destinations()).toEqual([TWO]);
  farm.start('web1');
  await has('web1 is back', [ONE, TWO], a.output);
});

it('lvs_timeouts, lvs_flush and lvs_flush_on_stop work', async () => {
  await farm.serve('web1');
  ipvsadm(...FOREIGN);
  const config = (global: string): string =>
    `global_defs {\n${global}\n}\n${virtual([real('web1')])}`;
  const a = farm.halabd(config('lvs_timeouts tcp 7200 tcpfin 30 udp 600\nlvs_flush'));
  await has('web1', [ONE], a.output);
  expect(ipvsadm('-Ln', '--timeout')).toContain('7200 30 600');
  expect(ipvsadm('-Sn')).not.toContain(FOREIGN[2]);
  a.child.kill('SIGTERM');
  await a.exit;
  for (const [keyword, left] of [
    ['lvs_flush_on_stop', ''],
    ['lvs_flush_on_stop VS', FOREIGN.join(' ')],
  ] as const) {
    ipvsadm('-C');
    ipvsadm(...FOREIGN);
    const daemon = farm.halabd(config(keyword));
    await has('web1', [ONE], daemon.output);
    daemon.child.kill('SIGTERM');
    await daemon.exit;
    expect(ipvsadm('-Sn').trim(), keyword).toBe(left);
  }
});

it('halabd writes the lines of keepalived to the FIFO', async () => {
  await farm.serve('web1', 'web2');
  const group = 'virtual_server_group farm {\n10.50.1.120 80\n}\n';
  const config = (fifo: string): string =>
    `global_defs {\nlvs_notify_fifo ${farm.net.folder}/${fifo}\n}\n${group}` +
    virtual([real('web1'), real('web2')]) +
    virtual([real('web1')], '', 'fwmark 7') +
    virtual([real('web1')], '', 'group farm');
  const events: string[][] = [];
  for (const engine of ['halabd', 'keepalived'] as const) {
    const a = farm[engine](config(engine));
    await becomes('all', () => destinations().length === 4, 20_000, a.output);
    const reader = farm.net.run('lb', 'cat', `${farm.net.folder}/${engine}`);
    await pause(1_500);
    farm.stop('web1');
    await has('web1 is down', [TWO], a.output);
    farm.start('web1');
    await becomes('all', () => destinations().length === 4, 20_000, a.output);
    await pause(1_000);
    a.child.kill('SIGTERM');
    await a.exit;
    events.push(reader.output().trim().split('\n').toSorted());
  }
  expect(events[0]?.length).toBeGreaterThan(8);
  expect(events[0]).toEqual(events[1]);
});
