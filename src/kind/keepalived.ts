/** keepalived: told in keepalived.conf, heard through its notify FIFO and its log. */
import { claimOf } from './keepalived-claims.ts';
import { keepalivedConf } from './keepalived-conf.ts';
import type { Kind } from './kind.ts';

const CONFIG_PATH = '/etc/keepalived/keepalived.conf';
/** Read instead where the configuration is the user's own: it includes that, untouched. */
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
  // It sets user and groups before every script, those of root too.
  capabilities: ['SETGID', 'SETUID'],
  sysctls: {},
  cannot: ({ check, scripts }, { ipvs }) => [
    ...(check.virtualServers.length === 0 || ipvs
      ? []
      : [
          'check servers here: its checker needs ip_vs, and this kernel has not loaded it (modprobe ip_vs)',
        ]),
    ...(scripts.some(({ interval, timeout }) => interval % SECOND !== 0 || timeout % SECOND !== 0)
      ? ['run a script by fractions of a second: its interval and timeout count whole ones']
      : []),
  ],
  router: ({ config, command = ['keepalived'], ownConfig }) => {
    const path = ownConfig === undefined ? CONFIG_PATH : WRAPPER_PATH;
    const wrapper = `global_defs {\n    notify_fifo ${FIFO}\n}\ninclude ${CONFIG_PATH}\n`;
    return {
      files: [
        { path: CONFIG_PATH, text: ownConfig ?? keepalivedConf(config, FIFO) },
        ...(ownConfig === undefined ? [] : [{ path: WRAPPER_PATH, text: wrapper }]),
      ],
      // A keepalived that was killed leaves its pid files, and the next one refuses to start.
      setup: `rm -f ${PID} ${VRRP_PID} ${CHECK_PID}; [ -p ${FIFO} ] || mkfifo -m 600 ${FIFO}`,
      processes: [
        {
          name: 'router',
          argv: [
            ...[...command, '-n', '-l', '-D', '-f', path, '-p', PID, '-r', VRRP_PID],
            ...(config.check.virtualServers.length === 0 ? ['-P'] : ['-c', CHECK_PID]),
          ],
          roles: { vrrp: 'keepalived' },
          output: 'text',
          ready: ownConfig === undefined && config.instances.length > 0 ? VRRP_PID : PID,
        },
      ],
      fifo: FIFO,
      check: [...command, '-t', '-f', path],
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
