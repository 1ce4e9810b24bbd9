/** halab's own engine: the program `halabd`, which reads keepalived.conf and writes events as JSON lines. */
import { printConfig } from '../engine/conf/print.ts';
import { OWN_CONFIG_PATH, ownFiles } from '../topology/file/config-files.ts';
import type { Kind } from './kind.ts';

const CONFIG_PATH = '/etc/halab/keepalived.conf';
const PID = '/run/halabd.pid';
const VRRP_PID = '/run/halabd-vrrp.pid';

export const halab: Kind = {
  name: 'halab',
  rereads: true,
  cannot: () => [],
  router: ({ config, own }) => ({
    files: own === undefined ? [{ path: CONFIG_PATH, text: printConfig(config) }] : ownFiles(own),
    setup: '',
    processes: [
      {
        name: 'router',
        argv: [
          ...['halabd', '-f', own === undefined ? CONFIG_PATH : OWN_CONFIG_PATH],
          ...['-n', '-l', '-D', '--events', '-', '-p', PID, '-r', VRRP_PID],
        ],
        roles: { vrrp: 'vrrp-child', check: 'check-child' },
        output: 'json-events',
        ready: own === undefined && config.instances.length > 0 ? VRRP_PID : PID,
      },
    ],
  }),
};
