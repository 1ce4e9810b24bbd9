import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { becomes, conf, type Daemon, Network, pause, ROOT } from '../../support/netns.ts';

const VIP = '10.50.1.100';
let net: Network;
let runs = 0;

beforeEach(() => {
  net = new Network(`l${runs++}`);
  net.host('a', '10.50.1.11/24');
});
afterEach(() => net.close());

const daemon = (text: string, ...more: string[]): Daemon => {
  const file = net.write('a.conf', text);
  const bin = join(ROOT, 'dist/halabd.js');
  const args = ['-f', file, '-n', '-l', '-D', '--events', '-', ...more];
  return net.run('a', process.execPath, bin, ...args);
};
const owns = (story: () => string): Promise<void> =>
  becomes('a owns the address', () => net.addresses('a').includes(VIP), 15_000, story);
const ask = (...args: string[]) =>
  net.ask('a', process.execPath, join(ROOT, 'dist/halabd.js'), ...args);

/** A script that logs its arguments. */
function script(name: string, body = ''): { path: string; calls: () => string[] } {
  const path = join(net.folder, name);
  const log = `${path}.log`;
  writeFileSync(path, `#!/bin/sh\n${body}\necho "$@" >> ${log}\n`);
  chmodSync(path, 0o755);
  const calls = (): string[] =>
    existsSync(log) ? readFileSync(log, 'utf8').split('\n').slice(0, -1) : [];
  return { path, calls };
}

const global = 'global_defs {\n script_user root\n}\n';

describe('a reload (SIGHUP)', () => {
  it('keeps an unchanged Active: no gap, no priority 0, new addresses announced', async () => {
    await net.capture();
    const a = daemon(conf(150));
    await owns(a.output);
    const second = conf(150, '', `${VIP}/24 10.50.1.101/24`);
    net.write('a.conf', second);
    let gap = false;
    const watch = setInterval(() => {
      gap ||= !net.addresses('a').includes(VIP);
    }, 30);
    a.child.kill('SIGHUP');
    await becomes('the new address', () => net.addresses('a').includes('10.50.1.101'));
    await pause(300);
    net.write('a.conf', conf(150));
    a.child.kill('SIGHUP');
    await becomes('it goes again', () => !net.addresses('a').includes('10.50.1.101'));
    clearInterval(watch);
    expect(gap).toBe(false);
    expect(net.seen.filter(({ text }) => text.includes('prio 0'))).toEqual([]);
    expect(net.seen.some(({ text }) => text.includes('tell 10.50.1.101'))).toBe(true);
  });

  it('of an invalid file keeps the old configuration running, and logs the errors', async () => {
    const a = daemon(conf(150));
    await owns(a.output);
    net.write('a.conf', conf(150).replace('priority 150', 'priority'));
    a.child.kill('SIGHUP');
    await becomes('it is reported', () => a.output().includes('the old one goes on'));
    expect(a.output()).toContain('priority needs a value');
    expect(net.addresses('a')).toContain(VIP);
    // A misspelt keyword is only ignored, as in keepalived.
    net.write('a.conf', conf(150).replace('priority', 'priorty'));
    a.child.kill('SIGHUP');
    await becomes('it says so, too', () => a.output().includes('unknown keyword "priorty"'));
    await becomes('it is read', () => a.output().includes('halabd: reloaded'));
    expect(net.addresses('a')).toContain(VIP);
  });

  it('removes a deleted instance: priority 0, address withdrawn, DELETED', async () => {
    await net.capture();
    const deleted = script('deleted');
    const other = conf(150, '', '10.50.1.120/24').replaceAll('web', 'other').replace('51', '52');
    const more = `notify ${deleted.path}`;
    const a = daemon(`${global}${conf(150, more)}${other}`);
    await owns(a.output);
    net.write('a.conf', `${global}${other}`);
    a.child.kill('SIGHUP');
    await becomes('the address is gone', () => !net.addresses('a').includes(VIP));
    await becomes('it was notified', () =>
      deleted.calls().some((call) => call.includes('DELETED')),
    );
    expect(deleted.calls().at(-1)).toBe('INSTANCE web DELETED 150');
    const resigned = (): number => net.seen.filter(({ text }) => text.includes('prio 0')).length;
    await becomes('it resigned', () => resigned() > 0);
    expect(resigned()).toBe(1);
  });
});

describe('notify', () => {
  it('calls scripts in order with the arguments of keepalived, and notify_stop before the address goes (keepalived #2389)', async () => {
    const any = script('any');
    const master = script('master');
    const stop = script(
      'stop',
      `ip -o addr show dev lan | grep -c ${VIP} >> ${join(net.folder, 'held')}`,
    );
    const a = daemon(
      `${global}${conf(150, `notify ${any.path}\n notify_master "${master.path} one 'two three'"\n notify_stop ${stop.path}`)}`,
    );
    await owns(a.output);
    await becomes('the script ran', () => any.calls().length >= 2);
    expect(any.calls()).toEqual(['INSTANCE web BACKUP 150', 'INSTANCE web MASTER 150']);
    expect(master.calls()).toEqual(['one two three']);
    a.child.kill('SIGTERM');
    expect(await a.exit).toBe(0);
    expect(stop.calls()).toHaveLength(1);
    expect(readFileSync(join(net.folder, 'held'), 'utf8').trim()).toBe('1');
    expect(any.calls().at(-1)).toBe('INSTANCE web STOP 150');
    expect(net.addresses('a')).not.toContain(VIP);
  });

  it('writes the FIFO as keepalived does', async () => {
    const fifo = join(net.folder, 'fifo');
    const a = daemon(`global_defs {\n vrrp_notify_fifo ${fifo}\n}\n${conf(150)}`);
    await becomes('the FIFO is there', () => existsSync(fifo));
    const reader = net.run('a', 'cat', fifo);
    await owns(a.output);
    await becomes('it was written', () => reader.output().includes('MASTER'));
    expect(reader.output().split('\n').filter(Boolean)).toContain('INSTANCE "web" MASTER 150');
  });
});

describe('tracked objects', () => {
  const tracked = (what: string, use: string): string => `${global}${what}\n${conf(150, use)}`;

  it('a failing script means FAULT, a succeeding one recovery; its run time never delays an advert (keepalived #774, #535)', async () => {
    await net.capture();
    const flag = join(net.folder, 'ok');
    const check = script('check', `sleep 0.3\n[ -e ${flag} ] || exit 1`);
    writeFileSync(flag, '');
    const text = tracked(
      `vrrp_script check {\n script ${check.path}\n interval 1\n timeout 5\n rise 1\n fall 2\n}`,
      'track_script {\n check\n }',
    );
    const a = daemon(text);
    await owns(a.output);
    rmSync(flag);
    await becomes(
      'FAULT',
      () =>
        a
          .output()
          .includes('"state":"FAULT","reason":"tracked-object","detail":"script check fails"'),
      15_000,
      a.output,
    );
    expect(net.addresses('a')).not.toContain(VIP);
    writeFileSync(flag, '');
    await owns(a.output);
    const adverts = net.adverts('10.50.1.11').filter(({ text: line }) => !line.includes('prio 0'));
    const gaps = adverts.slice(1).map(({ at }, i) => at - (adverts[i]?.at ?? 0));
    expect(gaps.filter((gap) => gap > 0.15 && gap < 0.35)).toEqual([]);
  });

  it('a hanging script is killed with its children', async () => {
    const hang = script('hang', 'sleep 600 &\nsleep 600');
    const a = daemon(
      tracked(
        `vrrp_script check {\n script ${hang.path}\n interval 1\n timeout 1\n weight -10\n}`,
        'track_script {\n check\n }',
      ),
    );
    await owns(a.output);
    await becomes(
      'the priority fell',
      () => a.output().includes('priority 140: script check fails: -10'),
      15_000,
      a.output,
    );
    const sleeping = (): number =>
      Number(net.ask('a', 'sh', '-c', 'pgrep -fc "sleep 600" || true').output);
    expect(sleeping()).toBeLessThanOrEqual(3);
    a.child.kill('SIGTERM');
    expect(await a.exit).toBe(0);
    await becomes('nothing is left', () => net.pids('a').length === 0);
  });

  it('a number in a file moves the priority at once', async () => {
    const file = join(net.folder, 'weight');
    writeFileSync(file, '0\n');
    const a = daemon(
      tracked(`track_file weight {\n file ${file}\n weight 2\n}`, 'track_file {\n weight\n }'),
    );
    await owns(a.output);
    writeFileSync(file, '-7\n');
    await becomes(
      'it moved',
      () => a.output().includes('priority 136: file weight says -7: -14'),
      15_000,
      a.output,
    );
  });

  it('a process that ends means FAULT', async () => {
    mkdirSync(join(net.folder, 'bin'));
    const sleep = join(net.folder, 'bin', 'halab-service');
    spawnSync('cp', ['/bin/sleep', sleep]);
    const service = net.run('a', sleep, '600');
    const a = daemon(
      tracked(
        'vrrp_track_process service {\n process halab-service\n weight 0\n}',
        'track_process {\n service\n }',
      ),
    );
    await owns(a.output);
    service.child.kill('SIGKILL');
    net.kill('a', 'halab-service');
    await becomes(
      'FAULT',
      () => a.output().includes('process service does not run'),
      15_000,
      a.output,
    );
  });
});

describe('routes and rules', () => {
  it('are installed and removed with the address; static ones stay while the daemon runs', async () => {
    const text = `static_routes {
    10.99.1.0/24 via 10.50.1.9 dev lan
}
${conf(
  150,
  `virtual_routes {
        10.98.0.0/16 via 10.50.1.9 dev lan table 77 no_track
        src 10.50.1.11 to 10.97.0.0/16 via 10.50.1.9 dev lan
    }
    virtual_rules {
        from 10.50.9.0/24 table 77
    }
    virtual_ipaddress_excluded {
        10.50.1.150/24
    }`,
)}`;
    const a = daemon(text);
    await owns(a.output);
    const ip = (...args: string[]): string => net.ask('a', 'ip', ...args).output;
    await becomes(
      'the routes are there',
      () =>
        /10.97.0.0.16 via 10.50.1.9 dev lan proto (keepalived|18) src 10.50.1.11/.test(ip('route')),
      15_000,
      a.output,
    );
    expect(ip('route', 'show', 'table', '77')).toContain('10.98.0.0/16 via 10.50.1.9');
    expect(ip('rule')).toContain('from 10.50.9.0/24 lookup 77');
    expect(ip('route')).toContain('10.99.1.0/24 via 10.50.1.9');
    expect(net.addresses('a')).toContain('10.50.1.150');
    net.cable('a', false);
    await becomes('FAULT', () => !net.addresses('a').includes(VIP));
    await becomes('the rule went', () => !ip('rule').includes('10.50.9.0/24'));
    expect(net.addresses('a')).not.toContain('10.50.1.150');
    net.cable('a', true);
    await owns(a.output);
    await becomes('and came back', () => ip('rule').includes('10.50.9.0/24'));
    a.child.kill('SIGTERM');
    expect(await a.exit).toBe(0);
    expect(ip('rule')).not.toContain('10.50.9.0/24');
    expect(ip('route')).not.toContain('10.99.1.0/24');
  });
});

describe('interference from outside', () => {
  it('an address that another program removes is restored and announced (keepalived #836, #1170)', async () => {
    await net.capture();
    const a = daemon(conf(150));
    await owns(a.output);
    net.ask('a', 'ip', 'addr', 'del', `${VIP}/24`, 'dev', 'lan');
    await becomes('it is reported', () => a.output().includes('had been removed by somebody else'));
    await owns(a.output);
  });

  it('a paused parent does not delay adverts', async () => {
    await net.capture();
    const a = daemon(conf(150));
    await owns(a.output);
    a.child.kill('SIGSTOP');
    const before = net.adverts('10.50.1.11').length;
    await becomes('it goes on', () => net.adverts('10.50.1.11').length > before + 10);
    a.child.kill('SIGCONT');
  });

  it('a vrrp child after a long pause steps down before it competes', async () => {
    net.host('b', '10.50.1.12/24');
    const a = daemon(conf(150, 'nopreempt'));
    await owns(a.output);
    const b = net.halabd('b', net.write('b.conf', conf(100)));
    await becomes('b listens', () => b.output().includes('"state":"BACKUP"'));
    const [child] = net.pids('a').slice(-1);
    spawnSync('kill', ['-STOP', String(child)]);
    await becomes('b takes over', () => net.addresses('b').includes(VIP));
    spawnSync('kill', ['-CONT', String(child)]);
    await becomes(
      'a steps down',
      () => a.output().includes('"reason":"stalled"'),
      15_000,
      a.output,
    );
    await becomes('b is the only one', () => net.holders(VIP).join() === 'b');
    await pause(500);
    expect(net.holders(VIP)).toEqual(['b']);
  });
});

describe('status, dumps and logs', () => {
  it('halabd status shows state and reason, peers and counters; as JSON, too', async () => {
    net.host('b', '10.50.1.12/24');
    const a = daemon(conf(150));
    await owns(a.output);
    const b = net.halabd('b', net.write('b.conf', conf(100)));
    await becomes('b hears a', () => b.output().includes('"state":"BACKUP"'));
    await pause(400);
    const text = ask('status');
    expect([text.status, text.output]).toEqual([0, expect.stringContaining('web: MASTER for ')]);
    const seen = net.ask('b', process.execPath, join(ROOT, 'dist/halabd.js'), 'status', '--json');
    const status = JSON.parse(seen.output);
    expect(status).toMatchObject({
      schema: 'halab.status/1',
      vrrp: { instances: [{ state: 'BACKUP', peers: [{ address: '10.50.1.11', priority: 150 }] }] },
    });
    a.child.kill('SIGTERM');
    await a.exit;
    expect(ask('status')).toMatchObject({
      status: 4,
      output: expect.stringContaining('no halabd answers'),
    });
  });

  it('SIGUSR1 and SIGUSR2 write the dumps that keepalived writes', async () => {
    const a = daemon(conf(150));
    await owns(a.output);
    for (const [signal, path, text] of [
      ['SIGUSR1', '/tmp/keepalived.data', 'web: MASTER'],
      ['SIGUSR2', '/tmp/keepalived.stats', 'VRRP Instance: web'],
    ] as const) {
      rmSync(path, { force: true });
      a.child.kill(signal);
      await becomes(
        `${path} is there`,
        () => existsSync(path) && readFileSync(path, 'utf8').includes(text),
      );
      rmSync(path);
    }
    expect(ask('--signum', 'RELOAD').output.trim()).toBe('1');
    expect(ask('--signum', 'JSON')).toMatchObject({
      status: 1,
      output: expect.stringContaining('halabd status --json'),
    });
  });

  it('a pid file is locked by a running daemon, and free after a SIGKILL (keepalived #383)', async () => {
    const pid = join(net.folder, 'pid');
    const a = daemon(conf(150), '-p', pid);
    await owns(a.output);
    expect(Number(readFileSync(pid, 'utf8'))).toBe(a.child.pid);
    const second = daemon(conf(150), '-p', pid);
    expect(await second.exit).toBe(1);
    expect(second.output()).toContain('a halabd runs already');
    a.child.kill('SIGKILL');
    await becomes('it is gone', () => net.pids('a').length === 0);
    const third = daemon(conf(150), '-p', pid);
    await owns(third.output);
    third.child.kill('SIGTERM');
    await third.exit;
    expect(existsSync(pid)).toBe(false);
  });

  it('logs to the system log with the given facility', async () => {
    const log = net.run(
      'a',
      'unshare',
      '-m',
      'sh',
      '-c',
      `mount -t tmpfs none /dev/shm && python3 - <<'PY' &
import socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind('/dev/shm/log')
while True: print(s.recv(4096).decode(), flush=True)
PY
until [ -S /dev/shm/log ]; do sleep 0.1; done; mount --bind /dev/shm/log /dev/log 2>/dev/null || { touch /dev/log; mount --bind /dev/shm/log /dev/log; }
exec ${process.execPath} ${join(ROOT, 'dist/halabd.js')} -f ${net.write('s.conf', conf(150))} -n -D -S 0`,
    );
    await becomes('it logs', () => log.output().includes('BACKUP -> MASTER'), 15_000, log.output);
    // local0 (16) and informational (6): 16 * 8 + 6
    expect(log.output()).toMatch(
      /^<134>\w{3} [ \d]\d \d\d:\d\d:\d\d halabd_vrrp\[\d+\]: web: BACKUP -> MASTER/m,
    );
  });
});
