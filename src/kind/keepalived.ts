/** keepalived: configured by keepalived.conf, observed through its notify FIFO and its log. */

import { OWN_CONFIG_PATH, ownFiles } from '../topology/file/config-files.ts';
import { claimOf } from './keepalived-claims.ts';
import { keepalivedConf } from './keepalived-conf.ts';
import type { Kind } from './kind.ts';

/** Read where the configuration is the user's own, which it includes unchanged. */
const WRAPPER_PATH = '/etc/keepalived/halab.conf';
const SECOND = 1_000_000;
const PID = '/run/keepalived.pid';
const VRRP_PID = '/run/keepalived-vrrp.pid';
const FIFO = '/run/keepalived-notify';
const CHECK_PID = '/run/keepalived-checkers.pid';

export const keepalived: Kind = {
  name: 'keepalived',
  rereads: true,
  package: 'keepalived',
  // It sets user and groups before every script, root's too.
  capabilities: ['SETGID', 'SETUID'],
  cannot: ({ check, scripts }, { ipvs }, own) => [
    ...(ipvs || !(own?.balances ?? check.virtualServers.length > 0)
      ? []
      : [
          'check servers here: its checker needs ip_vs, and this kernel has not loaded it (modprobe ip_vs)',
        ]),
    // In a user's file it rounds them, as in production.
    ...(own === undefined &&
    scripts.some(({ interval, timeout }) => interval % SECOND !== 0 || timeout % SECOND !== 0)
      ? ['run a script by fractions of a second: its interval and timeout count whole ones']
      : []),
  ],
  router: ({ config, command = ['keepalived'], own }) => {
    const path = own === undefined ? OWN_CONFIG_PATH : WRAPPER_PATH;
    const balances = own?.balances ?? config.check.virtualServers.length > 0;
    const wrapper = `global_defs {\n    notify_fifo ${FIFO}\n}\ninclude ${OWN_CONFIG_PATH}\n`;
    return {
      files:
        own === undefined
          ? [{ path, text: keepalivedConf(config, FIFO) }]
          : [...ownFiles(own), { path, text: wrapper }],
      // A killed keepalived leaves its pid files, with which the next one refuses to start.
      setup: `rm -f ${PID} ${VRRP_PID} ${CHECK_PID}; [ -p ${FIFO} ] || mkfifo -m 600 ${FIFO}`,
      processes: [
        {
          name: 'router',
          argv: [
            ...[...command, '-n', '-l', '-D', '-f', path, '-p', PID, '-r', VRRP_PID],
            ...(balances ? ['-c', CHECK_PID] : ['-P']),
          ],
          roles: { vrrp: 'keepalived' },
          output: 'text',
          ready: own === undefined && config.instances.length > 0 ? VRRP_PID : PID,
        },
      ],
      fifo: FIFO,
      check: {
        argv: [...command, '-t', '-f', path],
        // It ignores what it does not understand (5), or scripts that other users may write (6), and runs.
        runs: [5, 6],
        refuses: [2, 4],
        ignored: /Unknown keyword/i,
      },
      version: {
        argv: [...command, '--version'],
        pattern: /Keepalived v(\S+)(?:.*, git commit (\S+))?/,
      },
      needs: config.instances
        .filter(({ hmac }) => hmac !== undefined)
        .map(({ name }) => ({ router: name, what: 'sign adverts (auth_hmac)', since: '2.4.0' })),
      claimOf,
    };
  },
};
