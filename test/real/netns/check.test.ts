import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answersOf, Farm, real, VIP, VIP6, virtual } from '../../support/farm.ts';
import { becomes, pause } from '../../support/netns.ts';

let farm: Farm;
let runs = 0;
beforeEach(() => {
  farm = new Farm(`c${runs++}`);
});
afterEach(() => farm.close());

const share = (answers: readonly string[], name: string): number =>
  answers.filter((answer) => answer === name).length;

/** The count of the first nft rule in a host's table that has a counter with this comment. */
function counted(host: string, comment: string): number {
  const output = farm.must(host, 'nft', 'list', 'ruleset');
  const line = output.split('\n').find((line) => line.includes(`comment "${comment}"`)) ?? '';
  return Number(/packets (\d+)/.exec(line)?.[1] ?? 0);
}

describe('a pool in nftables', () => {
  it('alternates; a server with a blocked port leaves and returns', async () => {
    await farm.serve('web1', 'web2');
    const a = farm.halabd(virtual([real('web1'), real('web2')]));
    await farm.pool('both are up', ['web1 up 1', 'web2 up 1'], a.output);
    expect(share(farm.ask(10), 'web1')).toBe(5);
    for (const fault of ['drop', 'reject', 'reject with tcp reset'] as const) {
      farm.block('web1', fault);
      await farm.pool(fault, ['web1 down 1', 'web2 up 1'], a.output);
      expect(farm.ask(6), fault).toEqual(Array(6).fill('web2'));
      farm.unblock('web1');
      await farm.pool(`after ${fault}`, ['web1 up 1', 'web2 up 1'], a.output);
      expect(share(farm.ask(10), 'web1')).toBe(5);
    }
  });

  it('sends no new connection to a server from its removal on', async () => {
    await farm.serve('web1', 'web2');
    const check = `MISC_CHECK { misc_path "/usr/bin/test -e ${join(farm.net.folder, 'good')}" }`;
    farm.net.write('good', '');
    const a = farm.halabd(virtual([real('web1', { check }), real('web2')]));
    await farm.pool('both are up', ['web1 up 1', 'web2 up 1'], a.output);
    const client = farm.keepAsking(2);
    await becomes('the client is served', () => answersOf(client.output()).length > 50);
    farm.must('lb', 'rm', join(farm.net.folder, 'good'));
    const removed = (): number => {
      const lines = a
        .output()
        .split('\n')
        .filter((line) => line.includes('"kind":"pool"'));
      const last = JSON.parse(lines.at(-1) ?? '{}') as { at: number; servers: unknown[] };
      return last.servers.length === 1 ? last.at : 0;
    };
    await becomes('web1 is taken out', () => removed() > 0, 5_000, a.output);
    await pause(500);
    const answers = answersOf(client.output());
    const [before, after] = [true, false].map((early) =>
      answers.filter(({ at }) => at < removed() === early).map(({ answer }) => answer),
    );
    expect(before).toContain('web1');
    expect(after?.length).toBeGreaterThan(50);
    expect(new Set(after)).toEqual(new Set(['web2']));
  });

  it('follows the weights, including those of scripts', async () => {
    await farm.serve('web1', 'web2');
    const script = farm.net.write('weigh', '#!/bin/sh\nexit $(cat "$1")\n');
    farm.must('lb', 'chmod', '755', script, farm.net.folder);
    const number = farm.net.write('number', '5');
    const check = `MISC_CHECK {\nmisc_path "${script} ${number}"\nmisc_dynamic\n}`;
    const a = farm.halabd(virtual([real('web1', { check, more: 'weight 3' }), real('web2')]));
    await farm.pool('3 : 1', ['web1 up 3', 'web2 up 1'], a.output);
    expect(share(farm.ask(16), 'web1')).toBe(12);
    farm.net.write('number', '9');
    await farm.pool('7 : 1', ['web1 up 7', 'web2 up 1'], a.output);
    expect(share(farm.ask(16), 'web1')).toBe(14);
    farm.net.write('number', '2');
    await farm.pool('0 : 1', ['web1 up 0', 'web2 up 1'], a.output);
    expect(share(farm.ask(8), 'web1')).toBe(0);
  });

  it('is replaced by the sorry server while the quorum is lost; scripts and FIFO are notified', async () => {
    await farm.serve('web1', 'web2', 'web3');
    const log = farm.net.write('notified', '');
    farm.must('lb', 'chmod', '666', log);
    farm.must('lb', 'chmod', '755', farm.net.folder);
    const script = farm.net.write('note', '#!/bin/sh\necho "$1" >> "$2"\n');
    farm.must('lb', 'chmod', '755', script);
    const note = (word: string): string => `"${script} ${word} ${log}"`;
    const fifo = join(farm.net.folder, 'fifo');
    const up = 'notify_up';
    const a = farm.halabd(
      `global_defs {
        lvs_notify_fifo ${fifo}
      }
      ${virtual(
        [
          real('web1', { more: `${up} ${note('up1')}\nnotify_down ${note('down1')}` }),
          real('web2', { more: `${up} ${note('up2')}\nnotify_down ${note('down2')}` }),
        ],
        `quorum 2
        quorum_up ${note('quorum-up')}
        quorum_down ${note('quorum-down')}
        sorry_server 10.50.2.13 80`,
      )}`,
    );
    await farm.pool('both are up', ['web1 up 1', 'web2 up 1'], a.output);
    const reader = farm.net.run('lb', 'cat', fifo);
    farm.block('web1', 'reject');
    await farm.pool('web1 is down', ['web1 down 1', 'web2 up 1'], a.output);
    expect(farm.ask(4)).toEqual(Array(4).fill('web3'));
    farm.unblock('web1');
    await farm.pool('both are up', ['web1 up 1', 'web2 up 1'], a.output);
    expect(new Set(farm.ask(4))).toEqual(new Set(['web1', 'web2']));
    const notes = (): string[] => readFileSync(log, 'utf8').trim().split('\n');
    const all = ['down1', 'quorum-down', 'quorum-up', 'quorum-up', 'up1'];
    await becomes(
      'scripts have run',
      () => notes().toSorted().join() === all.join(),
      5_000,
      () => notes().join(),
    );
    const service = `[${VIP}]:tcp:80`;
    const lines = [
      `VS ${service} UP`,
      `RS [10.50.2.11]:tcp:80 ${service} DOWN`,
      `VS ${service} DOWN`,
      `RS [10.50.2.11]:tcp:80 ${service} UP`,
      `VS ${service} UP`,
    ];
    const whole = `${lines.join('\n')}\n`;
    await becomes('the FIFO has all events', () => reader.output() === whole, 5_000, reader.output);
  });

  it('serves a firewall mark with ports', async () => {
    await farm.serve('web1', 'web2');
    farm.must(
      'lb',
      'nft',
      `table ip marks { chain pre { type filter hook prerouting priority -150; ip daddr ${VIP} meta mark set 7; }\n}`,
    );
    const a = farm.halabd(
      virtual([real('web1', { port: 81 }), real('web2', { port: 81 })], '', 'fwmark 7'),
    );
    await farm.pool('both are up', ['web1 up 1', 'web2 up 1'], a.output);
    expect(share(farm.ask(6), 'web1')).toBe(3);
    expect(share(farm.ask(6, VIP, 8_080), 'web1')).toBe(3);
    farm.block('web2', 'drop', 'tcp dport 81');
    await farm.pool('web2 is down', ['web1 up 1', 'web2 down 1'], a.output);
    expect(share(farm.ask(6), 'web1')).toBe(6);
  });

  it('balances IPv6 to servers that answer over IPv6', async () => {
    await farm.serve('web1', 'web2');
    const six = { six: true };
    const a = farm.halabd(virtual([real('web1', six), real('web2', six)], '', `${VIP6} 80`));
    await farm.pool('both are up', ['web1 up 1', 'web2 up 1'], a.output);
    expect(share(farm.ask(6, VIP6), 'web1')).toBe(3);
    farm.block('web2', 'drop', 'meta nfproto ipv6 tcp dport 80');
    await farm.pool('web2 is down', ['web1 up 1', 'web2 down 1'], a.output);
    expect(farm.ask(4, VIP6)).toEqual(Array(4).fill('web1'));
  });
});

describe('probes on the wire', () => {
  it('blocked ICMP over IPv4 or IPv6 fails PING_CHECK, but not TCP_CHECK', async () => {
    await farm.serve('web1', 'web2', 'web3');
    const ping = 'PING_CHECK { connect_timeout 0.3 }';
    const six = `PING_CHECK {\nconnect_ip fd50:2::12\nconnect_timeout 0.3\n}`;
    const a = farm.halabd(
      virtual([real('web1', { check: ping }), real('web2', { check: six }), real('web3')]),
    );
    await farm.pool('all are up', ['web1 up 1', 'web2 up 1', 'web3 up 1'], a.output);
    for (const name of ['web1', 'web3']) farm.block(name, 'drop', 'icmp type echo-request');
    await farm.pool('web1', ['web1 down 1', 'web2 up 1', 'web3 up 1'], a.output);
    farm.block('web2', 'drop', 'icmpv6 type echo-request');
    await farm.pool('web2', ['web1 down 1', 'web2 down 1', 'web3 up 1'], a.output);
    for (const name of ['web1', 'web2', 'web3']) farm.unblock(name);
    await farm.pool('all are back', ['web1 up 1', 'web2 up 1', 'web3 up 1'], a.output);
  });

  it('use the configured address, port, interface and mark', async () => {
    await farm.serve('web1', 'web2');
    farm.must('lb', 'ip', 'addr', 'add', '10.50.2.5/24', 'dev', 'lan');
    const count = (match: string, comment: string): string =>
      `${match} counter comment "${comment}"`;
    farm.must(
      'web1',
      'nft',
      `table ip seen { chain in { type filter hook input priority -10;
        ${count('ip saddr 10.50.2.5 tcp dport 80 tcp flags syn', 'bound')}
        ${count('ip saddr 10.50.2.5 icmp type echo-request', 'ping')}
        ${count('tcp sport 4711 tcp dport 81 tcp flags syn', 'port')}
      }
}`,
    );
    farm.must(
      'lb',
      'nft',
      `table ip seen { chain out { type filter hook output priority -10;
        ${count('meta mark 7 ip saddr 10.50.2.5 tcp dport 80', 'marked')}
        ${count('meta mark 9 icmp type echo-request', 'marked ping')}
      }
}`,
    );
    const bound = 'bindto 10.50.2.5';
    const check = `TCP_CHECK {\n${bound}\nfwmark 7\nbind_if lan\n}
      PING_CHECK {\n${bound}\nfwmark 9\n}
      HTTP_GET {\n${bound}\nconnect_port 81\nbind_port 4711\nurl { path / }\n}`;
    const a = farm.halabd(virtual([real('web1', { check, more: 'retry 0' })]));
    await becomes('web1 is asked', () => farm.requests('web1').includes('/ from'), 5_000, a.output);
    await becomes('often', () => counted('web1', 'bound') > 3, 5_000, a.output);
    for (const comment of ['bound', 'ping', 'port'])
      expect(counted('web1', comment), comment).toBeGreaterThan(0);
    expect(counted('lb', 'marked')).toBeGreaterThan(counted('web1', 'bound'));
    expect(counted('lb', 'marked ping')).toBeGreaterThan(0);
  });

  it('a hanging script is a failure and is killed with all its children', async () => {
    await farm.serve('web1');
    farm.must('lb', 'chmod', '755', farm.net.folder);
    const script = farm.net.write(
      'hang',
      '#!/bin/sh\ntrap "" TERM\nif [ -e "$1" ]; then sleep 7717 & sleep 7718; fi\n',
    );
    farm.must('lb', 'chmod', '755', script);
    const flag = join(farm.net.folder, 'hang-now');
    const check = `MISC_CHECK {\nmisc_path "${script} ${flag}"\nmisc_timeout 0.3\n}`;
    const a = farm.halabd(virtual([real('web1', { check })]));
    await farm.pool('web1 is up', ['web1 up 1'], a.output);
    farm.net.write('hang-now', '');
    await farm.pool('the script hangs', ['web1 down 1'], a.output);
    const left = (): string[] =>
      farm.net
        .pids('lb')
        .filter((pid) => existsSync(`/proc/${pid}`))
        .flatMap((pid) => {
          const line = readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ');
          return /^sleep 77/.test(line) ? [line] : [];
        });
    expect(left().length).toBeGreaterThan(0);
    farm.must('lb', 'rm', flag);
    await becomes(
      'it is killed',
      () => left().length === 0,
      5_000,
      () => left().join(),
    );
    await farm.pool('web1 is up again', ['web1 up 1'], a.output);
  });
});
