import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { becomes, conf, Network, ROOT } from '../../support/netns.ts';

const SERVICE = join(ROOT, 'src/daemon/service');
const VIP = '10.50.1.100';
let net: Network;
beforeEach(() => {
  net = new Network('s');
  net.host('a', '10.50.1.11/24');
});
afterEach(() => net.close());

describe('the init script', () => {
  it('starts, reloads, queries and stops the daemon, with options from a sysconfig file', async () => {
    const file = net.write('k.conf', conf(150));
    const sysconfig = net.write('options', `HALABD_OPTIONS="-D -f ${file}"\n`);
    const init = (action: string) =>
      net.ask(
        'a',
        'env',
        `HALABD=${process.execPath} ${join(ROOT, 'dist/halabd.js')}`,
        `PIDFILE=${join(net.folder, 'pid')}`,
        `SYSCONFIG=${sysconfig}`,
        join(SERVICE, 'halabd.init'),
        action,
      );
    expect(init('status').status).toBe(3);
    expect(init('start')).toMatchObject({ status: 0 });
    await becomes('it owns the address', () => net.addresses('a').includes(VIP));
    expect(init('start').output).toContain('runs already');
    expect(init('status').status).toBe(0);
    net.write('k.conf', conf(150, '', `${VIP}/24 10.50.1.101/24`));
    expect(init('reload').status).toBe(0);
    await becomes('it was reloaded', () => net.addresses('a').includes('10.50.1.101'));
    expect(init('stop').status).toBe(0);
    expect(net.addresses('a')).not.toContain(VIP);
    expect(init('status').status).toBe(3);
    expect(init('fly').status).toBe(2);
  });
});

describe('the systemd unit', () => {
  it('stops only the parent, so that notify_stop runs before the addresses go', () => {
    const unit = readFileSync(join(SERVICE, 'halabd.service'), 'utf8');
    expect(unit).toMatch(/^KillMode=mixed$/m);
    expect(unit).toMatch(/^ExecStart=\/usr\/bin\/env halabd -n \$HALABD_OPTIONS$/m);
    expect(unit).toMatch(/^ExecReload=\/bin\/kill -HUP \$MAINPID$/m);
  });
});
