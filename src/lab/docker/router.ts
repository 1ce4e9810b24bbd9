/** Prepares a router in its container: writes its files, checks its version and configuration, starts its programs. */
import { EXIT, HalabError } from '../../errors.ts';
import type { FileCheck } from '../../kind/kind.ts';
import { isSince, versionIn } from '../../observe/engine-build.ts';
import type { LabEvent } from '../../observe/event.ts';
import { EngineCannot, type NodePlan } from '../lab.ts';
import type { AgentLink } from './agent-link.ts';

type Progress = (message: string) => void;

/**
 * Writes the files and lets the program check them, after `onVersion` was called. Throws a HalabError if it cannot run.
 */
export async function prepareRouter(
  plan: NodePlan,
  link: AgentLink,
  { onVersion, progress }: { onVersion: (version: string) => void; progress: Progress },
): Promise<void> {
  const { router } = plan;
  if (plan.files.length > 0) await link.demand({ kind: 'write', files: plan.files });
  if (router?.version === undefined) return;
  const { argv, pattern } = router.version;
  const { result } = await link.request({ kind: 'ask', argv });
  const output = result.ok ? (result.output ?? '') : result.error;
  const version = result.ok ? versionIn(output, pattern) : undefined;
  if (version === undefined) throw missing(plan, argv[0] ?? '', output);
  onVersion(version);
  const lacks = (router.needs ?? [])
    .filter(({ since }) => !isSince(version, since))
    .map(({ router, what, since }) => ({
      router,
      reason: `${plan.name}: ${plan.kind} ${version} cannot ${what}: it came with ${since}`,
    }));
  if (lacks.length > 0) throw new EngineCannot(lacks);
  if (router.check !== undefined) await check(plan, link, router.check, { version, progress });
}

/** Runs the setup commands, then starts the processes. Throws a HalabError. */
export async function startRouter(plan: NodePlan, link: AgentLink): Promise<void> {
  if (plan.router === undefined) return;
  const { setup, processes, fifo } = plan.router;
  const { result } = await link.request({ kind: 'spawn', setup, processes, fifo });
  if (result.ok) return;
  throw new HalabError({
    code: 'HALAB_ENGINE_START',
    message: `${plan.name}: ${plan.kind} does not start: ${result.error}`,
    hint: 'Its log says why; --keep leaves it in the evidence.',
  });
}

/** The claim of an engine in a log line, with the topology's names of virtual routers; other events unchanged. */
export function claimIn(event: LabEvent, plan: NodePlan | undefined): LabEvent {
  const claim =
    event.kind === 'log' ? plan?.router?.claimOf?.(event.process, event.text) : undefined;
  const { at, node } = event;
  const reported: LabEvent = claim === undefined ? event : { at, source: 'engine', node, ...claim };
  const names = plan?.virtualRouters ?? {};
  if (!('instance' in reported) || !Object.hasOwn(names, reported.instance)) return reported;
  return { ...reported, instance: names[reported.instance] ?? reported.instance };
}

/**
 * Lets the program check its files. Warnings with which it runs are only reported, for production runs with them, too.
 * In files that the lab has written no keyword may be ignored, because the topology asks for it.
 */
async function check(
  plan: NodePlan,
  link: AgentLink,
  { argv, runs = [], refuses, ignored }: FileCheck,
  { version, progress }: { version: string; progress: Progress },
): Promise<void> {
  const { status = 0, output = '' } = await link.demand({ kind: 'ask', argv });
  if (status === 0) return;
  const engine = `${plan.name}: ${plan.kind} ${version}`;
  const isIgnored = !plan.isOwnConfig && ignored?.test(output) === true;
  if (runs.includes(status) && !isIgnored) {
    progress(`${engine} runs with warnings about its configuration:\n${indented(output)}`);
    return;
  }
  const isRefused = isIgnored || refuses.includes(status);
  const what = isRefused
    ? 'refuses its configuration'
    : `could not check its configuration (exit code ${status})`;
  throw new HalabError({
    code: 'HALAB_ENGINE_CONFIG',
    message: `${engine} ${what}:\n${indented(output)}`,
    hint: 'Another version may know these words; see engine and config in the topology.',
    exitCode: isRefused ? EXIT.usage : EXIT.environment,
  });
}

function missing(plan: NodePlan, program: string, why: string): HalabError {
  const own = plan.package === undefined;
  return new HalabError({
    code: 'HALAB_ENGINE_MISSING',
    message: `${plan.name}: ${own ? (plan.program?.path ?? program) : program} does not run in its node: ${why.split('\n')[0] ?? ''}`,
    hint: own
      ? 'Build it for the Debian that the node image is made of.'
      : `apt-get install -y ${plan.package}; the node image is then made anew.`,
  });
}

function indented(text: string): string {
  return `    ${text.replaceAll('\n', '\n    ')}`;
}
