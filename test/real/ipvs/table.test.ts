/**
 * The kernel's table as ipvsadm prints it: as configured, and equal to the table of keepalived with the
 * same file. Runs on a kernel with ip_vs: test/tiers/in-uml.mjs.
 */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Farm, VIP, VIP6 } from '../../support/farm.ts';
import { becomes, type Daemon, pause } from '../../support/netns.ts';

let farm: Farm;
let runs = 0;
beforeEach(() => {
  farm = new Farm(`t${runs++}`);
});
afterEach(() => farm.close());

const ipvsadm = (...args: string[]): string => farm.must('lb', 'ipvsadm', ...args);
/** Services and destinations with their settings, sorted. */
const table = (): string[] =>
  [
    ...ipvsadm('-Sn').split('\n'),
    ...ipvsadm('-Ln', '--thresholds').split('\n').slice(3),
    ...ipvsadm('-Ln', '--tun-info')
      .split('\n')
      .filter((line) => / Tunnel /.test(line)),
  ]
    .filter((line) => line !== '')
    .map((line) => line.trim().replace(/ +/g, ' '))
    .sort();

/** Of kernel 6.1; `twos` came later. */
const SCHEDULERS = 'rr wrr lc wlc lblc lblcr sh mh dh fo ovf sed nq'.split(' ');
const schedulers = SCHEDULERS.map(
  (scheduler, i) => `virtual_server ${VIP} ${80 + i} {
  lvs_sched ${scheduler}
  lvs_method NAT
  protocol TCP
  real_server 10.50.2.11 80 {
    weight ${i + 1}
  }
}
`,
).join('');

const methods = `virtual_server ${VIP} 80 {
  lvs_sched rr
  lvs_method DR
  protocol TCP
  real_server 10.50.2.11 80 {
    weight 7
    uthreshold 20
    lthreshold 10
  }
  real_server 10.50.2.12 80 {
    lvs_method NAT
    weight 0
  }
  real_server 10.50.2.13 80 {
    lvs_method TUN
  }
  real_server 10.50.2.14 80 {
    lvs_method TUN type gue port 6080 nocsum
  }
  real_server 10.50.2.15 80 {
    lvs_method TUN type gre csum
  }
}
virtual_server ${VIP} 5353 {
  lvs_sched sh
  sh-port
  sh-fallback
  lvs_method NAT
  protocol UDP
  ops
  real_server 10.50.2.11 53 {
  }
}
virtual_server ${VIP} 3868 {
  lvs_sched mh
  mh-port
  lvs_method NAT
  protocol SCTP
  real_server 10.50.2.11 3868 {
  }
}
`;

const services = `virtual_server_group farm {
  10.50.1.120 80
  10.50.1.130-132 443
  fwmark 9
}
virtual_server group farm {
  lvs_sched wlc
  lvs_method NAT
  protocol TCP
  real_server 10.50.2.11 80 {
    weight 2
  }
}
virtual_server fwmark 7 {
  lvs_sched rr
  lvs_method DR
  protocol TCP
  persistence_timeout 90
  persistence_granularity 255.255.255.0
  real_server 10.50.2.11 80 {
  }
}
virtual_server ${VIP} 80 {
  lvs_sched wrr
  lvs_method NAT
  protocol TCP
  persistence_timeout
  real_server 10.50.2.11 80 {
  }
}
virtual_server ${VIP6} 80 {
  lvs_sched rr
  lvs_method NAT
  protocol TCP
  persistence_timeout 60
  persistence_granularity 64
  real_server fd50:2::11 80 {
    weight 3
  }
}
virtual_server fwmark 8 {
  ip_family inet6
  lvs_sched rr
  lvs_method DR
  protocol TCP
  real_server fd50:2::11 80 {
  }
}
`;

/** All ports are closed: every check fails at once. */
const failing = `virtual_server ${VIP} 80 {
  delay_loop 1
  lvs_sched rr
  lvs_method NAT
  protocol TCP
  sorry_server 10.50.2.99 80
  real_server 10.50.2.11 80 {
    TCP_CHECK {
      retry 0
      connect_timeout 1
    }
  }
}
virtual_server ${VIP} 81 {
  delay_loop 1
  lvs_sched rr
  lvs_method DR
  protocol TCP
  real_server 10.50.2.11 80 {
    inhibit_on_failure
    weight 5
    TCP_CHECK {
      retry 0
      connect_timeout 1
    }
  }
  real_server 10.50.2.12 80 {
    weight 4
  }
}
virtual_server ${VIP} 82 {
  delay_loop 1
  lvs_sched rr
  lvs_method NAT
  protocol TCP
  sorry_server 10.50.2.99 80
  sorry_server_inhibit
  real_server 10.50.2.12 80 {
  }
}
`;

/** The table after a second without a change. */
async function settled(daemon: Daemon, least: number): Promise<string[]> {
  await becomes(
    'it is there',
    () => table().length >= least,
    30_000,
    () => [...table(), daemon.output()].join('\n'),
  );
  await pause(3_000);
  return table();
}

async function tableOf(start: () => Daemon, least: number): Promise<readonly string[]> {
  const daemon = start();
  const found = await settled(daemon, least);
  daemon.child.kill('SIGTERM');
  expect(await daemon.exit, daemon.output()).toBe(0);
  expect(table()).toEqual([]);
  return found;
}

it.each([
  [
    'every scheduler',
    schedulers,
    SCHEDULERS.flatMap((scheduler, i) => [
      `-A -t ${VIP}:${80 + i} -s ${scheduler}`,
      `-a -t ${VIP}:${80 + i} -r 10.50.2.11:80 -m -w ${i + 1}`,
    ]),
  ],
  [
    'methods, weights, thresholds, flags and protocols',
    methods,
    [
      `-A -t ${VIP}:80 -s rr`,
      `-a -t ${VIP}:80 -r 10.50.2.11:80 -g -w 7`,
      '-> 10.50.2.11:80 20 10 0 0',
      `-a -t ${VIP}:80 -r 10.50.2.12:80 -m -w 0`,
      `-a -t ${VIP}:80 -r 10.50.2.13:80 -i -w 1 --tun-type ipip`,
      `-a -t ${VIP}:80 -r 10.50.2.14:80 -i -w 1 --tun-type gue --tun-port 6080 --tun-nocsum`,
      `-a -t ${VIP}:80 -r 10.50.2.15:80 -i -w 1 --tun-type gre --tun-csum`,
      `-A -u ${VIP}:5353 -s sh -o -b sh-fallback,sh-port`,
      `-A --sctp-service ${VIP}:3868 -s mh -b mh-port`,
    ],
  ],
  [
    'addresses, marks, groups and persistence',
    services,
    [
      '-A -t 10.50.1.120:80 -s wlc',
      '-A -t 10.50.1.131:443 -s wlc',
      '-a -t 10.50.1.132:443 -r 10.50.2.11:80 -m -w 2',
      '-A -f 9 -s wlc',
      '-A -f 7 -s rr -p 90 -M 255.255.255.0',
      `-A -t ${VIP}:80 -s wrr -p 360`,
      `-A -t [${VIP6}]:80 -s rr -p 60 -M 64`,
      `-a -t [${VIP6}]:80 -r [fd50:2::11]:80 -m -w 3`,
      '-A -f 8 -6 -s rr',
    ],
  ],
  [
    'servers that fail: sorry server, weight 0',
    failing,
    [
      `-a -t ${VIP}:80 -r 10.50.2.99:80 -m -w 1`,
      `-a -t ${VIP}:81 -r 10.50.2.11:81 -g -w 0`,
      `-a -t ${VIP}:81 -r 10.50.2.12:81 -g -w 4`,
      `-a -t ${VIP}:82 -r 10.50.2.99:80 -m -w 0`,
    ],
  ],
])('%s: the table is as configured, and as in keepalived', async (_what, config, wanted) => {
  await farm.serve();
  farm.net.host('web1', '10.50.2.11/24', 'fd50:2::11/64');
  const ours = await tableOf(() => farm.halabd(config), wanted.length);
  expect(
    wanted.filter((line) => !ours.includes(line)),
    ours.join('\n'),
  ).toEqual([]);
  const expected = await tableOf(() => farm.keepalived(config), wanted.length);
  expect(ours).toEqual(expected);
});

it('a scheduler that the kernel lacks is reported, and the rest works', async () => {
  const server = (port: number, scheduler: string): string => `virtual_server ${VIP} ${port} {
    lvs_sched ${scheduler}
    protocol TCP
    real_server 10.50.2.11 80 {
    }
  }\n`;
  const a = farm.halabd(server(80, 'twos') + server(81, 'rr'));
  await becomes('it is reported', () =>
    a.output().includes('is the module of the scheduler loaded?'),
  );
  await becomes('the other', () => ipvsadm('-Sn').includes(`-t ${VIP}:81 -r 10.50.2.11:80`));
  expect(ipvsadm('-Sn')).not.toContain(`${VIP}:80`);
});
