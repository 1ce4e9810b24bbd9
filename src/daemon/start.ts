/** Starts the daemon, in the foreground or in the background, once on a configuration. */
import { printConfig } from '../engine/conf/print.ts';
import type { ProcessConfig } from '../engine/core/config-process.ts';
import { HalabError } from '../errors.ts';
import { packageVersion } from '../package-root.ts';
import { configIdOf } from './conf-files.ts';
import { type DaemonOptions, logOptions, onlyChild, withOptions } from './daemon-options.ts';
import { findingsOf, type Loaded, load, logFindings, printFindings } from './load.ts';
import { type Log, openLog } from './log.ts';
import { Parent } from './parent.ts';
import { type Place, placeOf, runInside, takePid } from './place.ts';
import { answerCommand, runInBackground } from './process/background.ts';
import { claim, claimNames } from './process/only-one.ts';
import type { Release } from './process/pid-file.ts';
import { setProcessName } from './process/process-name.ts';
import { niceTo } from './process/scheduling.ts';

/** Exit codes as keepalived's: 2 for a bad configuration, 6 for none. */
const EXIT_CONFIG = 2;
const EXIT_NO_CONFIG = 6;

/** Checks the configuration, then starts this program again in the background. */
export async function daemonize(options: DaemonOptions, argv: readonly string[]): Promise<number> {
  const loaded = load(options.useFile, options.configId);
  const refused = refusal(loaded, options);
  if (refused === undefined) return runInBackground(argv);
  reportRefusal(loaded, refused, undefined);
  return refused.code;
}

/** `warnings`: about options that have no effect here. */
export async function runParent(
  options: DaemonOptions,
  warnings: readonly string[],
): Promise<void> {
  const { useFile: file, logConsole, logJson } = options;
  const loaded = load(file, options.configId);
  const refused = refusal(loaded, options);
  if (loaded.config === undefined || refused !== undefined) {
    const log = logConsole || logJson ? openLog('halabd', logOptions(options, '')) : undefined;
    if (refused !== undefined) reportRefusal(loaded, refused, log);
    process.exitCode = refused?.code;
    return;
  }
  const place = placeOf(loaded.config.global.process, options);
  runInside(place.namespace);
  const log = openLog('halabd', logOptions(options, place.tag));
  log.info(`version ${packageVersion()} starts on ${file}, pid ${process.pid}`);
  logFindings(loaded, log);
  for (const warning of warnings) log.info(warning);
  becomeParent(loaded.config.global.process, options.umask, log);
  try {
    const pid = await takePlace(options, place, log);
    if (options.dumpConf) for (const line of printConfig(loaded.config).split('\n')) log.info(line);
    const config = withOptions(loaded.config, options);
    const started = { options, place, findings: findingsOf(loaded) };
    const parent = new Parent(started, config, log, pid);
    answerCommand();
    await parent.start();
  } catch (error) {
    if (!(error instanceof HalabError)) throw error;
    const problem = `${error.message}. ${error.hint}`;
    log.error(problem);
    answerCommand(problem);
    process.exitCode = error.exitCode;
  }
}

/** Throws a HalabError if another daemon runs there. */
async function takePlace(
  options: DaemonOptions,
  place: Place,
  log: Log,
): Promise<Release | undefined> {
  const { useFile: file, configId } = options;
  const only = onlyChild(options);
  const names = claimNames({ file, configId: configIdOf(configId), place, only });
  await claim(names, file, log);
  return takePid(place.pidFile, log, process.pid);
}

interface Refusal {
  /** The exit code. */
  readonly code: number;
  /** In addition to the findings in the configuration. */
  readonly why: string;
}

/** Why the daemon cannot run, or undefined. */
function refusal(loaded: Loaded, options: DaemonOptions): Refusal | undefined {
  if (loaded.config === undefined) {
    const code = loaded.missing ? EXIT_NO_CONFIG : EXIT_CONFIG;
    return { code, why: 'the configuration cannot run' };
  }
  const { instances, check } = loaded.config;
  const only = onlyChild(options);
  const idle = { vrrp: instances.length === 0, check: check.virtualServers.length === 0 };
  if (only === undefined || !idle[only]) return undefined;
  const what =
    only === 'check' ? '-C: there is no virtual_server' : '-P: there is no vrrp_instance';
  return { code: EXIT_CONFIG, why: `${what}: there is nothing to do` };
}

/** In the log if the terminal shows it, otherwise on standard error. */
function reportRefusal(loaded: Loaded, { why }: Refusal, log: Log | undefined): void {
  if (log === undefined) {
    printFindings(loaded);
    process.stderr.write(`${why}\n`);
    return;
  }
  logFindings(loaded, log);
  log.error(why);
}

/** Sets what the children inherit. */
function becomeParent(config: ProcessConfig, umask: number | undefined, log: Log): void {
  process.umask(umask ?? config.umask);
  if (config.parentName !== undefined) setProcessName(config.parentName);
  const problem = config.nice === 0 ? undefined : niceTo(config.nice);
  if (problem !== undefined) log.error(`process_priority ${config.nice}: ${problem}`);
}
