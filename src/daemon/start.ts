/** How the daemon starts: in the foreground or behind the command, once on a configuration. */
import { printConfig } from '../engine/core/conf-printer.ts';
import type { ProcessConfig } from '../engine/core/config-process.ts';
import { HalabError } from '../errors.ts';
import { answerCommand, runInBackground } from './background.ts';
import { configIdOf } from './conf-files.ts';
import { type Loaded, load, tell } from './load.ts';
import { type Log, openLog } from './log.ts';
import { claim, claimNames } from './only-one.ts';
import { asAsked, type DaemonOptions, Parent } from './parent.ts';
import { type Place, placeOf, runInside, takePid } from './place.ts';
import { setProcessName } from './process-name.ts';
import { niceTo } from './scheduling.ts';

/** Exit codes as keepalived's: 2 for a bad configuration, 6 for none. */
const EXIT_CONFIG = 2;
const EXIT_NO_CONFIG = 6;

/** Checks the configuration, then leaves a copy of this process in the background that runs. */
export async function daemonize(
  file: string,
  configId: string | undefined,
  only: DaemonOptions['only'],
  argv: readonly string[],
): Promise<number> {
  return refusal(load(file, configId), only) ?? (await runInBackground(argv));
}

export async function runParent(file: string, given: DaemonOptions): Promise<void> {
  const loaded = load(file, given.configId);
  process.exitCode = refusal(loaded, given.only);
  if (loaded.config === undefined || process.exitCode !== undefined) return;
  const place = placeOf(loaded.config.global.process, given);
  runInside(place.namespace);
  const options = { ...given, log: { ...given.log, tag: place.tag } };
  const log = openLog('halabd', options.log);
  tell(loaded);
  for (const warning of options.warnings) log.info(warning);
  becomeParent(loaded.config.global.process, options.umask, log);
  try {
    const pid = await takePlace({ file, options, place }, log);
    if (options.dumpConfig)
      for (const line of printConfig(loaded.config).split('\n')) log.info(line);
    const config = asAsked(loaded.config, options);
    const parent = new Parent({ file, options, place }, config, log, () => pid?.release());
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

/** Throws a HalabError if another daemon has it. */
async function takePlace(
  { file, options, place }: { file: string; options: DaemonOptions; place: Place },
  log: Log,
): Promise<{ release(): void } | undefined> {
  const { configId, only } = options;
  const names = claimNames({ file, configId: configIdOf(configId), place, only });
  await claim(names, file, log);
  return takePid(place.pidFile, log);
}

/** The exit code of a daemon that cannot run; says why. */
function refusal(loaded: Loaded, only: DaemonOptions['only']): number | undefined {
  if (loaded.config === undefined) {
    tell(loaded);
    return loaded.missing ? EXIT_NO_CONFIG : EXIT_CONFIG;
  }
  const { instances, check } = loaded.config;
  const idle = { vrrp: instances.length === 0, check: check.virtualServers.length === 0 };
  if (only === undefined || !idle[only]) return undefined;
  const what =
    only === 'check' ? '-C: there is no virtual_server' : '-P: there is no vrrp_instance';
  process.stderr.write(`${what}: there is nothing to do\n`);
  return EXIT_CONFIG;
}

/** What the children inherit. */
function becomeParent(config: ProcessConfig, umask: number | undefined, log: Log): void {
  process.umask(umask ?? config.umask);
  if (config.parentName !== undefined) setProcessName(config.parentName);
  const problem = config.nice === 0 ? undefined : niceTo(config.nice);
  if (problem !== undefined) log.error(`process_priority ${config.nice}: ${problem}`);
}
