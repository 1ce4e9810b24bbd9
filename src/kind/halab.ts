/** halab's own engine: the program `halabd`, which reads keepalived.conf and writes events as JSON lines. */
import { printConfig } from '../engine/core/conf-printer.ts';
import { OWN_CONFIG_PATH, ownFiles } from '../topology/config-files.ts';
import type { Kind } from './kind.ts';

const CONFIG_PATH = '/etc/halab/keepalived.conf';

export const halab: Kind = {
  name: 'halab',
  rereads: true,
  package: undefined,
  capabilities: [],
  sysctls: {},
  cannot: () => [],
  router: ({ config, own }) => ({
    files: own === undefined ? [{ path: CONFIG_PATH, text: printConfig(config) }] : ownFiles(own),
    setup: '',
    processes: [
      {
        name: 'router',
        argv: [
          'halabd',
          '-f',
          own === undefined ? CONFIG_PATH : OWN_CONFIG_PATH,
          '-n',
          '-l',
          '-D',
          '--events',
          '-',
        ],
        roles: { vrrp: 'vrrp-child', check: 'check-child' },
        output: 'json-events',
      },
    ],
    fifo: undefined,
    check: undefined,
    version: undefined,
    claimOf: () => undefined,
  }),
};
