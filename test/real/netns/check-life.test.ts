import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answersOf, Farm, HALABD, real, VIP, virtual } from '../../support/farm.ts';
import { becomes, conf, pause } from '../../support/netns.ts';

let farm: Farm;
let runs = 0;
beforeEach(() => {
  farm = new Farm(`l${runs++}`);
});
afterEach(() => farm.close());

const BOTH = ['web1 up 1', 'web2 up 1'];
const ruleset = (): string => farm.must('lb', 'nft', 'list', 'ruleset');
const reload = (config: string, daemon: { child: { kill(signal: 'SIGHUP'): unknown } }): void => {
  farm.net.write('lb.conf', config);
  daemon.child.kill('SIGHUP');
};

const ldconfig = spawnSync('ldconfig', ['-p'], { encoding: 'utf8' }).stdout;
const [, LIBRARY = ''] = /libnftables\.so\.1 .*=> (.*)/.exec(ldconfig) ?? [];
const HIDE = 'mount --bind /dev/null "$0" && exec "$@"';
const hasIpvs = existsSync('/proc/net/ip_vs');

/** Cases without a director (in the first one ip_vs works if the kernel has it). */
const WITHOUT = [
  {
    how: 'no ip_vs',
    prefix: [],
    director: 'ipvs',
    said: hasIpvs ? 'the IPVS of the kernel' : 'no ipvs can be used',
  },
  {
    how: 'no nftables library',
    prefix: ['unshare', '-m', 'sh', '-c', HIDE, LIBRARY],
    director: 'nftables',
    said: 'no nftables can be used (there is no libnftables)',
  },
  {
    how: 'no right to',
    prefix: ['setpriv', '--bounding-set', '-net_admin', '--inh-caps', '-net_admin'],
    director: 'auto',
    said: 'neither ip_vs nor nftables can be used',
  },
];

describe('a reload', () => {
  it('keeps a failed server failed and touches only what it changes', async () => {
    await farm.serve('web1', 'web2', 'web3');
    farm.must('lb', 'nft', 'add table ip foreign');
    const second = virtual([real('web3')], '', `${VIP} 81`);
    const a = farm.halabd(virtual([real('web1'), real('web2')]) + second);
    await farm.pool('all are up', [...BOTH, 'web3 up 1'], a.output);
    const idle = farm.net.run(
      'client',
      process.execPath,
      '-e',
      `const socket = require('node:net').connect(81, '${VIP}', () => console.log('connected'));
      socket.on('close', () => console.log('closed'));
      process.stdin.resume();
      setInterval(() => socket.writable && socket.write(' '), 50);`,
    );
    await becomes('a connection stands', () => idle.output().includes('connected'));
    farm.block('web1', 'drop');
    await farm.pool('web1 is down', ['web1 down 1', 'web2 up 1', 'web3 up 1'], a.output);
    const pools = (service: string): number =>
      a
        .output()
        .split('\n')
        .filter((line) => line.includes('"pool"') && line.includes(service)).length;
    const before = { first: pools(`[${VIP}]:tcp:80`), second: pools(`[${VIP}]:tcp:81`) };
    const handles = (): string[] =>
      farm.must('lb', 'nft', '-a', 'list', 'chain', 'inet halab_lvs server_2').split('\n');
    const chain = handles();
    reload(virtual([real('web1'), real('web2', { more: 'weight 3' })]) + second, a);
    await farm.pool('web2 weighs more', ['web1 down 1', 'web2 up 3', 'web3 up 1'], a.output);
    await pause(300);
    expect(a.output().match(/10\.50\.2\.11\]:tcp:80","up":true/g)).toBeNull();
    expect(pools(`[${VIP}]:tcp:80`)).toBeGreaterThan(before.first);
    expect(handles()).toEqual(chain);
    expect(ruleset()).toContain('table ip foreign');
    expect(idle.output()).not.toContain('closed');
    expect(farm.ask(4)).toEqual(Array(4).fill('web2'));
    reload(virtual([real('web1'), real('web2')]), a);
    await becomes('the second service is gone', () => !ruleset().includes('dport 81'));
    expect(farm.ask(1, VIP, 81)[0]).toMatch(/^!/);
    farm.unblock('web1');
    await farm.pool('web1 is back', BOTH, a.output);
    reload('virtual_server {', a);
    await becomes('it is refused', () => a.output().includes('the old one goes on'));
    await farm.pool('nothing has changed', BOTH, a.output);
  });
});

describe('the check child', () => {
  it('may be killed: traffic continues, and servers that were down stay down', async () => {
    await farm.serve('web1', 'web2');
    const a = farm.halabd(virtual([real('web1'), real('web2')]));
    await farm.pool('both are up', BOTH, a.output);
    farm.block('web1', 'reject');
    await farm.pool('web1 is down', ['web1 down 1', 'web2 up 1'], a.output);
    const client = farm.keepAsking(5);
    await becomes('the client is served', () => answersOf(client.output()).length > 20);
    farm.net.kill('lb', 'check-child');
    await becomes('it is started again', () => a.output().includes('the check child died'));
    await farm.pool('as before', ['web1 down 1', 'web2 up 1'], a.output);
    await pause(500);
    const answers = answersOf(client.output());
    expect(answers.length).toBeGreaterThan(60);
    expect(new Set(answers.map(({ answer }) => answer))).toEqual(new Set(['web2']));
    farm.unblock('web1');
    await farm.pool('web1 is back', BOTH, a.output);
  });

  it('removes its own table at its end, and nothing else', async () => {
    await farm.serve('web1');
    farm.must('lb', 'nft', 'add table ip foreign');
    const before = ruleset();
    const a = farm.halabd(virtual([real('web1')], 'omega'));
    await farm.pool('web1 is up', ['web1 up 1'], a.output);
    expect(ruleset()).toContain('table inet halab_lvs');
    a.child.kill('SIGTERM');
    expect(await a.exit).toBe(0);
    expect(ruleset()).toBe(before);
    expect(farm.net.pids('lb')).toEqual([]);
  });

  it('probes nothing while ha_suspend finds the address elsewhere', async () => {
    await farm.serve('web1');
    farm.must('lb', 'ip', 'addr', 'del', `${VIP}/32`, 'dev', 'lan');
    const check = 'HTTP_GET { url { path / } }';
    const a = farm.halabd(virtual([real('web1', { check })], 'ha_suspend'));
    await farm.pool('web1 is taken for up', ['web1 up 1'], a.output);
    farm.block('web1', 'reject');
    await pause(500);
    expect(farm.servers()).toEqual(['web1 up 1']);
    expect(farm.requests('web1')).not.toContain('/ from');
    farm.must('lb', 'ip', 'addr', 'add', `${VIP}/32`, 'dev', 'lan');
    await farm.pool('web1 is asked', ['web1 down 1'], a.output);
    farm.must('lb', 'ip', 'addr', 'del', `${VIP}/32`, 'dev', 'lan');
    await pause(300);
    farm.unblock('web1');
    await pause(500);
    expect(farm.servers()).toEqual(['web1 down 1']);
  });
});

describe('halabd with a balancer', () => {
  it('shows its status as text, and -C and -P select the child', async () => {
    await farm.serve('web1', 'web2');
    const config = virtual([real('web1'), real('web2')]) + conf(150, '', '10.50.1.200/24');
    const status = (): string => farm.net.ask('lb', process.execPath, HALABD, 'status').output;
    const commands = (): string =>
      farm.net
        .pids('lb')
        .map((pid) => readFileSync(`/proc/${pid}/cmdline`, 'latin1'))
        .join();
    const a = farm.halabd(config);
    await becomes('it owns the address', () => farm.net.addresses('lb').includes('10.50.1.200'));
    farm.block('web2', 'reject');
    await farm.pool('web2 is down', ['web1 up 1', 'web2 down 1'], a.output);
    expect(status()).toMatch(/nftables/);
    expect(status()).toMatch(/10\.50\.2\.11.* up/);
    expect(status()).toMatch(/10\.50\.2\.12.* DOWN/);
    expect(status()).toContain('connection refused');
    a.child.kill('SIGTERM');
    await a.exit;
    for (const [flag, only, other] of [
      ['-C', 'check-child', 'vrrp-child'],
      ['-P', 'vrrp-child', 'check-child'],
    ] as const) {
      const daemon = farm.halabd(config, flag);
      await becomes(
        `${flag} starts ${only}`,
        () => commands().includes(only),
        5_000,
        daemon.output,
      );
      await pause(300);
      expect(commands()).not.toContain(other);
      daemon.child.kill('SIGTERM');
      expect(await daemon.exit).toBe(0);
    }
  });

  it('continues VRRP if no director works, and logs it', async () => {
    await farm.serve('web1');
    const config = virtual([real('web1')]) + conf(150, '', '10.50.1.200/24');
    for (const { how, prefix, director, said } of WITHOUT) {
      const file = farm.net.write('lb.conf', config);
      const a = farm.net.halabd('lb', file, prefix, ['--director', director]);
      await becomes(how, () => a.output().includes(said), 5_000, a.output);
      // Without CAP_NET_ADMIN no address can be added either.
      if (prefix[0] !== 'setpriv')
        await becomes('VRRP runs', () => farm.net.addresses('lb').includes('10.50.1.200'));
      await farm.pool('it is checked', ['web1 up 1'], a.output);
      farm.block('web1', 'reject');
      await farm.pool('still', ['web1 down 1'], a.output);
      farm.unblock('web1');
      expect(ruleset()).not.toContain('halab');
      a.child.kill('SIGTERM');
      await a.exit;
    }
  });
});

it('logs what it cannot do: DR needs ip_vs', async () => {
  await farm.serve('web1', 'web2');
  const direct = virtual([real('web1')], 'lvs_method DR', `${VIP} 90`);
  const a = farm.halabd(virtual([real('web2')]).replace('rr', 'wlc') + direct);
  await becomes('it says so', () => a.output().includes('lvs_method DR needs ip_vs'), 5_000);
  expect(a.output()).toContain('lvs_sched wlc needs ip_vs');
  expect(farm.ask(2)).toEqual(['web2', 'web2']);
});
