/**
 * Runs a takeover a few hundred times on a copy of the machine without sockets, so that the first real one does not
 * wait for the compiler.
 */
import type { DaemonConfig } from '../../engine/core/config.ts';
import { stepRouter } from '../../engine/vrrp/router.ts';
import { createRouter, nextRouterDeadline } from '../../engine/vrrp/router-state.ts';
import { ip, type Mac } from '../../net/address.ts';
import { announcement } from '../../net/announce.ts';
import { instant } from '../../time.ts';

const ROUNDS = 200;
const ANY_MAC = '02:00:00:00:00:01' as Mac;

export function warmUp(config: DaemonConfig): void {
  const [first] = config.instances;
  if (first === undefined) return;
  const single = { ...config, instances: [first] };
  const status = {
    name: first.interface,
    up: true,
    primary4: ip('192.0.2.1'),
    primary6: ip('fe80::1'),
  };
  let built = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const router = createRouter(single);
    const emit = (): boolean => {
      for (const { address } of first.addresses)
        built += announcement(address, ANY_MAC, { router: false }).length;
      return true;
    };
    stepRouter(router, { kind: 'interface', status }, instant(0), emit);
    stepRouter(router, { kind: 'startup' }, instant(0), emit);
    const deadline = nextRouterDeadline(router);
    if (deadline !== undefined) stepRouter(router, { kind: 'wake' }, deadline, emit);
  }
  if (built < 0) throw new Error('lengths add up');
}
