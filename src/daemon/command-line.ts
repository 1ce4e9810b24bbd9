/** The command line of `halabd`, and nothing else; options as keepalived's. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { HalabError } from '../errors.ts';
import { packageVersion } from '../package-root.ts';
import { printable, printableJson } from '../printable.ts';
import type { DaemonOptions } from './daemon-options.ts';
import { testConfig } from './load.ts';
import {
  addForeignOptions,
  agentOption,
  facilityOf,
  foreignWarnings,
  namespaceOption,
  umaskOption,
  withDashes,
} from './options.ts';
import { runInside, socketOf } from './place.ts';
import { daemonize, runParent } from './start.ts';
import { askStatus } from './status/status-server.ts';
import { statusText } from './status/status-text.ts';

const DEFAULT_FILE = '/etc/keepalived/keepalived.conf';
/** keepalived's names for the signals it understands. */
const SIGNALS: Readonly<Record<string, number>> = { STOP: 15, RELOAD: 1, DATA: 10, STATS: 12 };
const REAL_TIME = ['STATS_CLEAR', 'JSON', 'TDATA'];

interface Flags extends DaemonOptions {
  readonly dontFork: boolean;
  readonly configTest?: string | true;
  readonly strict: boolean;
  readonly signum?: string;
}

const program = new Command('halabd')
  .description('VRRP daemon that reads keepalived.conf')
  .option('-f, --use-file <file>', 'configuration file', DEFAULT_FILE)
  .option('-i, --config-id <id>', "decides which @id lines count [the host's name]")
  .option('-n, --dont-fork', 'stay in the foreground', false)
  .option('-l, --log-console', 'log to the console, too', false)
  .option('-D, --log-detail', 'log every announcement', false)
  .option('-d, --dump-conf', 'log the configuration at start', false)
  .option(
    '-S, --log-facility <name>',
    'log to 0..7 (local0..local7), user or daemon [daemon]',
    facilityOf,
  )
  .option('-g, --log-file <file>', 'log to a file, too')
  .option('-G, --no-syslog', 'do not log to the system log')
  .option('--log-json', 'log to the console as JSON lines', false)
  .option('-p, --pid <file>', 'pid file; locked, so that it cannot go stale')
  .option('-r, --vrrp-pid <file>', 'pid file of the vrrp child')
  .option('-c, --checkers-pid <file>', 'pid file of the checker child')
  .option('-s, --namespace <name>', 'run in this network namespace', namespaceOption)
  .option('-u, --umask <number>', 'umask of the files that are made [022]', umaskOption)
  .option('-P, --vrrp', 'only the vrrp child', false)
  .option('-C, --check', 'only the checker child', false)
  .option('-x, --snmp', 'serve every MIB to the SNMP agent', false)
  .option(
    '-A, --snmp-agent-socket <socket>',
    'unix:PATH or tcp:HOST:PORT of the agent',
    agentOption,
  )
  .option('-R, --dont-respawn', 'end when a child dies', false)
  .option('-V, --dont-release-vrrp', 'leave addresses and routes in place at the end', false)
  .option(
    '-t, --config-test [file]',
    'check the configuration and exit: 0 good, 4 cannot run, 5 runs with warnings, 6 scripts without enable_script_security',
  )
  .option('--strict', 'with -t: 4 for whatever keepalived would warn of or ignore', false)
  .option('--signum <signal>', `number of a signal: ${Object.keys(SIGNALS).join(', ')}`)
  .option('--status-socket <path>', 'unix socket of the status [an abstract one]')
  .option('--open-status', 'tell the status to every user, not only to root and its own', false)
  .option(
    '--events <file>',
    'write state changes as JSON lines to a file, or - for standard output',
    (text: string) => {
      if (text === '') throw new InvalidArgumentError('a file name or -');
      return text;
    },
  )
  .addOption(
    new Option('--director <name>', 'who balances the traffic: what the kernel has, or this')
      .choices(['auto', 'ipvs', 'nftables'])
      .default('auto'),
  )
  .version(packageVersion(), '-v, --version')
  .action((flags: Flags) => run(flags));
addForeignOptions(program);

program
  .command('status')
  .description('what a running halabd knows: states and why, peers, counters')
  .option('--json', 'as JSON', false)
  .option('--status-socket <path>', 'its socket [an abstract one]')
  .option('--instance <name>', 'the daemon whose configuration has this instance name')
  .action(async (flags: { json: boolean; statusSocket?: string; instance?: string }) => {
    const { namespace, statusSocket } = program.opts<Flags>();
    runInside(namespace);
    const status = await askStatus(flags.statusSocket ?? statusSocket ?? socketOf(flags.instance));
    // Names come from the configuration of a daemon that may be another user's.
    const lines = statusText(status).trimEnd().split('\n').map(printable);
    process.stdout.write(`${flags.json ? printableJson(status, 2) : lines.join('\n')}\n`);
  });

async function run(flags: Flags): Promise<void> {
  const { signum, configTest: test, useFile } = flags;
  const warnings = foreignWarnings(program);
  for (const warning of warnings) process.stderr.write(`warning: ${warning}\n`);
  if (signum !== undefined) process.exitCode = signalNumber(signum);
  else if (test !== undefined)
    process.exitCode = testConfig(test === true ? useFile : test, flags, flags.strict);
  else if (!flags.dontFork) process.exitCode = await daemonize(flags, process.argv);
  else await runParent(flags, warnings);
}

function signalNumber(name: string): number {
  const number = SIGNALS[name];
  if (number !== undefined) {
    process.stdout.write(`${number}\n`);
    return 0;
  }
  process.stderr.write(
    REAL_TIME.includes(name)
      ? `${name} is a real-time signal, which Node cannot receive. Use: halabd status --json\n`
      : `unknown signal ${name}. Known: ${Object.keys(SIGNALS).join(', ')}\n`,
  );
  return 1;
}

void program.parseAsync(withDashes(process.argv)).catch((error: unknown) => {
  if (!(error instanceof HalabError)) throw error;
  process.stderr.write(`${printable(error.message)}\n${printable(error.hint)}\n`);
  process.exitCode = error.exitCode;
});
