/** keepalived: its VRRP part, told in keepalived.conf, heard through its notify FIFO. */
import { keepalivedConf } from './keepalived-conf.ts';
import type { Kind, StateClaim } from './kind.ts';

const CONFIG_PATH = '/etc/keepalived/keepalived.conf';
/** Read instead where the configuration is the user's own: it includes that, untouched. */
const WRAPPER_PATH = '/etc/keepalived/halab.conf';
const PID = '/run/keepalived.pid';
const VRRP_PID = '/run/keepalived-vrrp.pid';
const FIFO = '/run/keepalived-notify';

export const keepalived: Kind = {
  name: 'keepalived',
  package: 'keepalived',
  capabilities: [],
  sysctls: {},
  cannot: ({ check, scripts }) => [
    ...(check.virtualServers.length === 0
      ? []
      : ['check servers here: its checker needs ip_vs in the kernel (see the ipvs tests)']),
    ...(scripts.some(({ timeout }) => timeout % 1_000_000 !== 0)
      ? ['end a script after a fraction of a second: its timeout counts whole seconds']
      : []),
  ],
  router: ({ config, command = ['keepalived'], ownConfig }) => {
    const path = ownConfig === undefined ? CONFIG_PATH : WRAPPER_PATH;
    const wrapper = `global_defs {\n    vrrp_notify_fifo ${FIFO}\n}\ninclude ${CONFIG_PATH}\n`;
    return {
      files: [
        { path: CONFIG_PATH, text: ownConfig ?? keepalivedConf(config, FIFO) },
        ...(ownConfig === undefined ? [] : [{ path: WRAPPER_PATH, text: wrapper }]),
      ],
      // A keepalived that was killed leaves its pid files, and the next one refuses to start.
      setup: `rm -f ${PID} ${VRRP_PID}; [ -p ${FIFO} ] || mkfifo -m 600 ${FIFO}`,
      processes: [
        {
          name: 'router',
          argv: [...command, '-n', '-l', '-D', '-P', '-f', path, '-p', PID, '-r', VRRP_PID],
          roles: { vrrp: 'keepalived' },
          output: 'text',
        },
      ],
      fifo: FIFO,
      check: [...command, '-t', '-f', path],
      version: { argv: [...command, '--version'], pattern: /Keepalived v(\S+)/ },
      stateOf: notifyLine,
    };
  },
};

/** `INSTANCE "web" MASTER 100`; groups and everything else are no claim. */
export function notifyLine(process: string, text: string): StateClaim | undefined {
  const match = process === 'notify' ? /^INSTANCE "(.+)" ([A-Z_]+) (\d+)$/.exec(text) : null;
  const [, instance = '', state = '', priority = ''] = match ?? [];
  return match === null
    ? undefined
    : { instance, state, reason: 'notify', detail: `priority ${priority}` };
}
