/** Values of halabd's options, and keepalived's options that halabd does not have. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { umaskOf } from '../engine/conf/process.ts';
import { agentAddress } from '../engine/core/config-process.ts';
import { DAEMON, LOCAL0 } from '../linux/syslog.ts';

const USER = 1;

/** -S: `0`..`7`, `local0`..`local7`, `user` or `daemon`. */
export function facilityOf(text: string): number {
  const [, number] = /^(?:local)?([0-7])$/.exec(text) ?? [];
  if (number !== undefined) return LOCAL0 + Number(number);
  if (text === 'user') return USER;
  if (text === 'daemon') return DAEMON;
  throw new InvalidArgumentError('a number from 0 to 7, local0..local7, user or daemon');
}

/** -u */
export function umaskOption(text: string): number {
  const value = umaskOf(text);
  if (value === undefined) throw new InvalidArgumentError('a number from 0 to 0777');
  return value;
}

/** -s: it becomes part of paths. */
export function namespaceOption(text: string): string {
  if (!/^[^\s/]{1,64}$/.test(text) || text === '.' || text === '..')
    throw new InvalidArgumentError('a name that ip netns list shows');
  return text;
}

/** -A */
export function agentOption(text: string): string {
  if (agentAddress(text) === undefined)
    throw new InvalidArgumentError('AgentX runs over unix:PATH or tcp:HOST:PORT');
  return text;
}

/** keepalived's options that do nothing here, accepted so that its command lines work. Without `why` nothing is lost. */
const FOREIGN: readonly { readonly flags: string; readonly why?: string }[] = [
  { flags: '-B, --no-bfd' },
  { flags: '--flush-log-file' },
  { flags: '--no-mem-check' },
  { flags: '-b, --bfd-pid <file>', why: 'halabd has no BFD' },
  { flags: '-I, --dont-release-ipvs', why: 'halabd does not balance load' },
  { flags: '-X, --release-vips', why: 'addresses always go when their instance stops' },
  { flags: '-a, --address-monitoring', why: 'use ip monitor address' },
  { flags: '-e, --all-config', why: 'write includea instead of include' },
  { flags: '-m, --core-dump', why: 'set LimitCORE, or ulimit -c' },
  { flags: '-M, --core-dump-pattern [pattern]', why: 'set the sysctl kernel.core_pattern' },
  { flags: '--all', why: 'what has no configuration has nothing to do' },
  { flags: '--perf [when]', why: 'use perf record -p, or node --prof' },
  { flags: '--debug [options]', why: 'use -D and halabd status' },
  { flags: '--ignore-sigint', why: 'start it with setsid' },
];

/** The program knows them; `--help` does not list them. */
export function addForeignOptions(program: Command): void {
  for (const { flags } of FOREIGN) program.addOption(new Option(flags).hideHelp());
}

/** A warning for each that was given and loses something. */
export function foreignWarnings(program: Command): string[] {
  return FOREIGN.flatMap(({ flags, why }) => {
    const name = new Option(flags).attributeName();
    const given = why !== undefined && program.getOptionValueSource(name) === 'cli';
    return given ? [`option ${flags.split(/ [<[]/)[0]} is ignored: ${why}`] : [];
  });
}

/** keepalived writes `--vrrp_pid` and `--no_bfd`. */
export function withDashes(argv: readonly string[]): string[] {
  return argv.map((word) => word.replace(/^--[\w-]+/, (name) => name.replaceAll('_', '-')));
}
