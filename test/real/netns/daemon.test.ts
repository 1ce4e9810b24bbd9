import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  becomes,
  conf,
  type Daemon,
  Network,
  pause,
  ROOT,
  type Seen,
} from '../../support/netns.ts';

const VIP = '10.50.1.100';
const MDI = 0.360938;
let net: Network;
let runs = 0;

beforeEach(() => {
  net = new Network(String.fromCharCode(97 + (runs++ % 26)));
  net.host('a', '10.50.1.11/24');
  net.host('b', '10.50.1.12/24');
});
afterEach(() => net.close());

const resignations = (): Seen[] => net.seen.filter(({ text }) => text.includes('prio 0'));
const daemon = (host: string, text: string, prefix: readonly string[] = []): Daemon =>
  net.halabd(host, net.write(`${host}.conf`, text), prefix);
const owns = (who: string, story: () => string = () => ''): Promise<void> =>
  becomes(`${who} owns the address`, () => net.holders(VIP).join() === who, 15_000, story);

describe('two halabd on a wire', () => {
  it('elect the higher priority; the backup sends nothing', async () => {
    await net.capture();
    const b = daemon('b', conf(100));
    await owns('b');
    daemon('a', conf(150));
    await owns('a', b.output);
    const since = Date.now() / 1_000 + 0.05;
    await becomes(
      'ten more adverts',
      () => net.adverts('10.50.1.11').filter(({ at }) => at > since).length >= 10,
    );
    expect(net.adverts('10.50.1.12').filter(({ at }) => at > since)).toEqual([]);
    expect(net.adverts('10.50.1.11').at(-1)?.text).toMatch(
      /tos 0xc0, ttl 255,.*vrid 51, prio 150, intvl 10cs, length 12, addrs: 10\.50\.1\.100$/,
    );
  });

  it('survive a master crash: the backup waits its Master_Down_Interval, then announces twice', async () => {
    await net.capture();
    daemon('a', conf(150));
    daemon('b', conf(100));
    await owns('a');
    const killed = Date.now() / 1_000;
    net.kill('a');
    await becomes('b takes over', () => net.addresses('b').includes(VIP));
    const takeover = (): number => net.adverts('10.50.1.12').find(({ at }) => at > killed)?.at ?? 0;
    await becomes('its advert is seen', () => takeover() > 0);
    const first = takeover();
    const last = net.adverts('10.50.1.11').findLast(({ at }) => at < first)?.at ?? 0;
    expect(first - last).toBeGreaterThan(MDI - 0.001);
    expect(first - last).toBeLessThan(MDI + 0.3);
    const announced = (): number[] =>
      net.seen
        .filter(({ text, at }) => text.includes(`tell ${VIP}`) && at >= first - 0.01)
        .map(({ at }) => at - first);
    await becomes('it announces again after 5 s', () => announced().some((after) => after > 4));
    expect(announced().filter((after) => after < 1)).toHaveLength(5);
    expect(announced().filter((after) => after > 4 && after < 6)).toHaveLength(5);
  });

  it('hand over in order on SIGTERM: one priority 0, address withdrawn, only Skew_Time', async () => {
    await net.capture();
    const a = daemon('a', conf(150));
    daemon('b', conf(100));
    await owns('a');
    await pause(300);
    a.child.kill('SIGTERM');
    expect(await a.exit).toBe(0);
    await owns('b');
    await becomes('the resignation is seen', () => resignations().length > 0);
    const zero = resignations();
    expect(zero).toHaveLength(1);
    const resigned = zero[0]?.at ?? 0;
    const answer = (): number => net.adverts('10.50.1.12').find(({ at }) => at > resigned)?.at ?? 0;
    await becomes('b has sent', () => answer() > 0);
    const waited = answer() - resigned;
    expect(waited).toBeGreaterThan(0.0609);
    expect(waited).toBeLessThan(0.16);
  });

  it('keep the address in place with nopreempt', async () => {
    daemon('b', conf(100));
    await owns('b');
    const a = daemon('a', conf(150, 'nopreempt'));
    await becomes('a runs', () => a.output().includes('"state":"BACKUP"'));
    await pause(1_000);
    expect(net.holders(VIP)).toEqual(['b']);
  });

  it('restart a killed vrrp child: it keeps the address, and no router takes over (keepalived #2312, #578)', async () => {
    const second = (priority: number): string => conf(priority, '', `${VIP}/24`, '1');
    const a = daemon('a', second(150));
    const b = daemon('b', second(100));
    await owns('a');
    net.kill('a', 'vrrp-child');
    const back = (): boolean => a.output().includes('"reason":"resumed"');
    await becomes('the child goes on', back, 15_000, a.output);
    expect(a.output()).toContain('the vrrp child died; it is started again at once');
    expect(net.holders(VIP)).toEqual(['a']);
    expect(b.output()).not.toContain('"state":"MASTER"');
  });

  it('restart a vrrp child too late to continue: it removes what its predecessor left', async () => {
    const a = daemon('a', conf(150));
    daemon('b', conf(100));
    await owns('a');
    const lives = (): number => a.output().split('"state":"').length;
    for (let kills = 0; kills < 2; kills++) {
      const before = lives();
      net.kill('a', 'vrrp-child');
      await becomes('a new child is there', () => lives() > before, 15_000, a.output);
    }
    // The restart after a second death waits a second: this restart came earlier.
    expect(a.output()).toContain('it is started again in 1 s');
    expect(a.output().split('"reason":"startup"').length).toBeGreaterThanOrEqual(3);
    await owns('a', a.output);
  });

  it('leave in order when the parent is killed: the child resigns', async () => {
    await net.capture();
    const a = daemon('a', conf(150));
    daemon('b', conf(100));
    await owns('a');
    a.child.kill('SIGKILL');
    await owns('b');
    await becomes('the resignation is seen', () => resignations().length > 0);
    expect(resignations()).toHaveLength(1);
    await becomes('nothing of a runs', () => net.pids('a').length === 0);
  });

  it('go to FAULT when the cable is pulled, and recover', async () => {
    const a = daemon('a', conf(150));
    daemon('b', conf(100));
    await owns('a');
    net.cable('a', false);
    await owns('b');
    expect(a.output()).toContain('interface lan has no carrier');
    net.cable('a', true);
    await owns('a', a.output);
  });

  it('elect in IPv6 after the link-local address is usable', async () => {
    const text = conf(150, '', 'fe80::50/64 2001:db8:50::100/64');
    await net.capture();
    net.unplug('a');
    // The address stays tentative for 4 s, however slowly the daemon starts.
    net.ask('a', 'sysctl', '-w', 'net.ipv6.conf.default.dad_transmits=4');
    net.plug('a', '2001:db8:50::11/64');
    const a = daemon('a', text);
    daemon('b', text.replace('priority 150', 'priority 100'));
    await becomes(
      'a waits for its address',
      () => a.output().includes('no usable link-local IPv6 address'),
      15_000,
      a.output,
    );
    await becomes(
      'a owns it',
      () =>
        net.holders('2001:db8:50::100').join() === 'a' && net.holders('fe80::50').join() === 'a',
      20_000,
      a.output,
    );
    const source = net
      .addresses('a')
      .find((address) => address.startsWith('fe80') && address !== 'fe80::50');
    await becomes(
      'it sends from its own link-local address',
      () => net.adverts(source ?? '').length > 3,
    );
    expect(net.adverts(source ?? '').at(-1)?.text).toMatch(
      /class 0xc0.*hlim 255.*vrid 51, prio 150/,
    );
    expect(net.adverts('fe80::50')).toEqual([]);
    expect(
      net.seen.some(
        ({ text: seen }) =>
          seen.includes('neighbor advertisement') &&
          seen.includes('2001:db8:50::100') &&
          seen.includes('override'),
      ),
    ).toBe(true);
  });

  it('are not silenced by packets that fail a check', async () => {
    await net.capture();
    daemon('a', conf(150));
    await owns('a');
    const noise = net.run(
      'b',
      process.execPath,
      join(ROOT, 'test/fixtures/hostile.mjs'),
      '10.50.1.12',
      '3000',
    );
    const from = net.seen.at(-1)?.at ?? 0;
    await noise.exit;
    const sent = net.adverts('10.50.1.11').filter(({ at }) => at > from);
    expect(sent.length).toBeGreaterThanOrEqual(28);
    expect(net.holders(VIP)).toEqual(['a']);
    expect(
      net.seen.filter(({ text }) => text.includes('10.50.1.12 > 224.0.0.18')).length,
    ).toBeGreaterThan(50);
  });

  it('apply Accept_Mode: no_accept drops traffic to the address, but answers ARP', async () => {
    daemon('a', conf(150, 'no_accept'));
    await owns('a');
    expect(net.ask('b', 'ping', '-c', '1', '-W', '1', '10.50.1.11').status).toBe(0);
    expect(net.ask('b', 'ping', '-c', '1', '-W', '1', VIP).status).not.toBe(0);
    expect(net.ask('b', 'ip', 'neigh', 'show', VIP).output).toMatch(/lladdr/);
  });
});

describe('a halabd that cannot do its work', () => {
  it.each([
    ['CAP_NET_RAW', ['setpriv', '--bounding-set=-net_raw', '--inh-caps=-net_raw', '--']],
    ['CAP_NET_ADMIN', ['setpriv', '--bounding-set=-net_admin', '--inh-caps=-net_admin', '--']],
  ])(
    'without %s goes to FAULT, reports it, and never holds the address',
    async (capability, prefix) => {
      const a = daemon('a', conf(150), prefix);
      await becomes(
        'it is in FAULT',
        () => a.output().includes('"state":"FAULT"'),
        15_000,
        a.output,
      );
      expect(a.output()).toContain(capability);
      await pause(1_500);
      expect(net.holders(VIP)).toEqual([]);
    },
  );

  it('without its interface goes to FAULT and recovers when it appears', async () => {
    net.unplug('a');
    const a = daemon('a', conf(150));
    await becomes(
      'it is in FAULT',
      () => a.output().includes('there is no interface lan'),
      15_000,
      a.output,
    );
    net.plug('a', '10.50.1.11/24');
    await owns('a', a.output);
  });
});

describe('the command line of halabd', () => {
  const halabd = (...args: string[]) =>
    spawnSync(process.execPath, [join(ROOT, 'dist/halabd.js'), ...args], {
      encoding: 'utf8',
      timeout: 20_000,
    });

  it('checks a file: 0 valid, 5 with warnings, 4 if it cannot run', () => {
    const good = net.write('good.conf', conf(150));
    // With its interface, and without it.
    expect(halabd('-t', '-s', net.namespace('a'), '-f', good).status).toBe(0);
    expect(halabd('-t', '-f', good).status).toBe(5);
    const warned = halabd(
      '-t',
      '-s',
      net.namespace('a'),
      '-f',
      net.write('warn.conf', conf(150, 'state MASTER\n    nopreempt')),
    );
    expect([warned.status, warned.stderr]).toEqual([
      5,
      expect.stringContaining('warn.conf:8:5: warning: nopreempt does not go with state MASTER'),
    ]);
    const odd = net.write('odd.conf', conf(300, 'prempt'));
    const altered = halabd('-t', odd);
    expect(altered.status).toBe(5);
    expect(altered.stderr).toMatch(
      /odd\.conf:4:14: warning: priority is a whole number from 1 to 255/,
    );
    expect(altered.stderr).toMatch(
      /odd\.conf:7:5: warning: unknown keyword "prempt": it is ignored\n {4}Did you mean "preempt"\?/,
    );
    expect(halabd('-t', odd, '--strict').status).toBe(4);
    expect(halabd('-t', '--strict', '-s', net.namespace('a'), '-f', good).status).toBe(0);
    const bad = halabd('-t', net.write('bad.conf', conf(150).replace('priority 150', 'priority')));
    expect([bad.status, bad.stderr]).toEqual([
      4,
      expect.stringContaining('bad.conf:4:5: error: priority needs a value'),
    ]);
    expect(halabd('-t', '-f', '/nonexistent.conf').status).toBe(4);
  });

  it('exits with 2 on a bad configuration, 6 without one', () => {
    // keepalived -t exits with 5 for the second: its vrrp process ends at the start.
    for (const text of [
      'vrrp_instance web {\n priority\n}',
      'vrrp_instance web {\n interface lan\n}',
    ])
      expect(halabd('-n', '-f', net.write('bad.conf', text)).status).toBe(2);
    expect(halabd('-n', '-f', '/nonexistent.conf').status).toBe(6);
  });

  it('starts a daemon in the background without -n, which ends in order', async () => {
    const file = net.write('a.conf', conf(150));
    const events = net.write('events', '');
    expect(
      net.ask('a', process.execPath, join(ROOT, 'dist/halabd.js'), '-f', file, '--events', events)
        .status,
    ).toBe(0);
    await owns('a');
    expect(readFileSync(events, 'utf8')).toContain('"state":"MASTER"');
    const [parent] = net
      .pids('a')
      .filter((pid) => !readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes('vrrp-child'));
    process.kill(parent ?? 0, 'SIGTERM');
    await becomes(
      'it is gone with its address',
      () => net.pids('a').length === 0 && net.holders(VIP).length === 0,
    );
    writeFileSync(events, '');
  });
});
