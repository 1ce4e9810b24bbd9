#!/usr/bin/env node
/** `halabd`: the VRRP engine as a daemon. Reads the command line, nothing else. */
import { Command, InvalidArgumentError } from 'commander';
import { daemonize, runParent, testConfig } from './daemon/parent.ts';

const DEFAULT_FILE = '/etc/keepalived/keepalived.conf';

interface Flags {
  readonly useFile: string;
  readonly dontFork: boolean;
  readonly logConsole: boolean;
  readonly logDetail: boolean;
  readonly configTest?: string | true;
  readonly events?: string;
}

const program = new Command('halabd')
  .description('VRRP daemon that reads keepalived.conf')
  .option('-f, --use-file <file>', 'configuration file', DEFAULT_FILE)
  .option('-n, --dont-fork', 'stay in the foreground', false)
  .option('-l, --log-console', 'log to the console', false)
  .option('-D, --log-detail', 'log every refused packet and every announcement', false)
  .option(
    '-t, --config-test [file]',
    'check the configuration and exit: 0 good, 4 cannot run, 5 runs with warnings',
  )
  .option(
    '--events <file>',
    'write state changes as JSON lines to a file, or - for standard output',
    (text: string) => {
      if (text === '') throw new InvalidArgumentError('a file name or -');
      return text;
    },
  );

program.parse();
const flags = program.opts<Flags>();
const test = flags.configTest;
if (test !== undefined) process.exitCode = testConfig(test === true ? flags.useFile : test);
else if (!flags.dontFork) process.exitCode = daemonize(flags.useFile, process.argv);
else runParent(flags.useFile, { detail: flags.logDetail, events: flags.events });
