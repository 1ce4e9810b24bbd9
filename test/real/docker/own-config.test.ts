/** A user's keepalived.conf in containers: it runs as in production, with includes and odd keywords. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { halab } from '../../support/ask.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'halab-own-'));
  mkdirSync(join(folder, '.git'));
  mkdirSync(join(folder, 'conf.d'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Docker names its interfaces eth0 and eth1 in reverse order. The file is like one in production: names, an include, a script, an unknown keyword. */
function conf(priority: number): string {
  return `global_defs {
  frobnicate yes
  vrrp_version 3
}
include conf.d/priority-${priority}.conf
vrrp_instance VI_EXT {
  state BACKUP
  interface eth0.10
  virtual_router_id 51
  priority $PRIORITY
  advert_int 0.2
  notify /etc/keepalived/notify.sh
  virtual_ipaddress {
    10.61.0.100/24 dev eth0.10
  }
}
vrrp_instance VI_INT {
  state BACKUP
  interface eth0
  virtual_router_id 52
  priority $PRIORITY
  advert_int 0.2
  virtual_ipaddress {
    10.62.0.100/24
  }
}
`;
}

function scenario(node: (i: number) => string, steps: string): string {
  for (const priority of [150, 120]) {
    writeFileSync(join(folder, 'conf.d', `priority-${priority}.conf`), `$PRIORITY=${priority}\n`);
    writeFileSync(join(folder, `lb-${priority}.conf`), conf(priority));
  }
  writeFileSync(
    join(folder, 's.yaml'),
    `version: 1
name: own
topology:
  version: 1
  name: own
  networks: { eth0.10: { subnet: 10.61.0.0/24 }, eth0: { subnet: 10.62.0.0/24 } }
  nodes:
    lb1: { role: router, ${node(1)} attach: { eth0: 10.62.0.1, eth0.10: 10.61.0.1 } }
    lb2: { role: router, ${node(2)} attach: { eth0.10: 10.61.0.2, eth0: 10.62.0.2 } }
    client: { role: client, attach: { eth0.10: 10.61.0.9 } }
  virtual_routers: { web: { vrid: 51 } }
  probes: { vip: { from: client, to: 10.61.0.100 } }
${steps}`,
  );
  return join(folder, 's.yaml');
}

const own =
  (engine: string) =>
  (i: number): string =>
    `${engine} config: ./lb-${i === 1 ? 150 : 120}.conf,`;

const CRASH = `invariants:
  - protocol: { vip: web }
steps:
  - name: Settle
    expect:
      - owner: { of: web, is: lb1, within: 10s }
      - owner: { of: VI_INT, is: lb1, within: 10s }
      - steady-state: { for: 1s }
  - name: Crash
    fault: node.kill
    target: owner(web)
  - name: Takeover
    expect:
      - owner: { of: web, is: lb2, within: 5s }
      - owner: { of: VI_INT, is: lb2, within: 5s }
expect:
  - detection: { vip: web, max: mdi + 50ms }
`;

const run = (file: string) =>
  halab(['run', file, '--backend', 'docker', '--output-dir', join(folder, 'results')]);

describe('the keepalived.conf of a user', () => {
  it('runs in keepalived with its warnings, and is judged by its own values', () => {
    const { status, output } = run(scenario(own('engine: keepalived,'), CRASH));
    expect(output).toContain('runs with warnings about its configuration');
    expect(output).toContain('notify: /etc/keepalived/notify.sh is not in the node');
    expect(output).toContain('PASS own');
    // 3 x 200 ms and the skew of priority 120.
    expect(output).toContain('within mdi + 50ms = 756');
    expect(status).toBe(0);
  });

  it('also runs in halabd without the unknown keyword', () => {
    const file = scenario(own(''), CRASH);
    for (const priority of [150, 120])
      writeFileSync(
        join(folder, `lb-${priority}.conf`),
        conf(priority).replace('  frobnicate yes\n', ''),
      );
    const { status, output } = run(file);
    expect(output).toContain('PASS own');
    expect(status).toBe(0);
  });

  it('of a router that ends by itself gives no verdict but its last log lines', () => {
    const build = join(folder, 'dying');
    writeFileSync(
      build,
      `#!/bin/sh
for one; do
  [ "$one" = --version ] && echo 'Keepalived v2.2.7 (01/16,2022)' && exit 0
  [ "$one" = -t ] && exit 0
done
: > /run/keepalived.pid
sleep 3
echo 'these are my last words' >&2
exit 3
`,
    );
    chmodSync(build, 0o755);
    const file = scenario(own('engine: { kind: keepalived, path: ./dying },'), CRASH);
    const { status, output } = run(file);
    expect(output).toMatch(/lb[12]: keepalived \(router\) ended by itself with code 3/);
    expect(output).toContain('these are my last words');
    expect(output).not.toContain('FAIL own');
    expect(status).toBe(4);
  });
});
