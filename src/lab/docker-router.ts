/** Makes a router ready in its container: its files, its programs, the version that will run. */
import { EXIT, HalabError } from '../errors.ts';
import type { RouterPlan } from '../kind/kind.ts';
import { isSince, versionIn } from '../observe/engine-build.ts';
import type { LabEvent } from '../observe/event.ts';
import type { AgentLink } from './agent-link.ts';
import { EngineCannot, type NodePlan } from './lab.ts';

/** Writes the files and lets the program judge them. `told`: which version it is, before it judges. */
export async function prepareRouter(
  plan: NodePlan,
  link: AgentLink,
  told: (version: string) => void,
): Promise<void> {
  const { router } = plan;
  if (plan.files.length > 0) await link.demand({ kind: 'write', files: plan.files });
  if (router?.version === undefined) return;
  const { argv, pattern } = router.version;
  const { result } = await link.request({ kind: 'ask', argv });
  if (!result.ok) throw missing(plan, argv[0] ?? '', result.error);
  const version = versionIn(result.output ?? '', pattern);
  if (version === undefined) throw missing(plan, argv[0] ?? '', result.output ?? '');
  told(version);
  const lacks = (router.needs ?? [])
    .filter(({ since }) => !isSince(version, since))
    .map((need) => {
      const reason = `${plan.name}: ${plan.kind} ${version} cannot ${need.what}: it came with ${need.since}`;
      return { router: need.router, reason };
    });
  if (lacks.length > 0) throw new EngineCannot(lacks);
  if (router.check !== undefined) await check(plan, link, router.check, version);
}

/** Runs what must be there before the processes, then them. */
export async function startRouter(plan: NodePlan, link: AgentLink): Promise<void> {
  if (plan.router === undefined) return;
  const { setup, processes, fifo } = plan.router;
  const { result } = await link.request({ kind: 'spawn', setup, processes, fifo });
  if (result.ok) return;
  throw new HalabError({
    code: 'HALAB_ENGINE_START',
    message: `${plan.name}: ${plan.kind} does not start: ${result.error}`,
    hint: 'Its log says why; --keep leaves it in the evidence.',
    exitCode: EXIT.environment,
  });
}

/** A log line in which an engine tells something of itself, as that claim; every other event as it is. */
export function claimIn(event: LabEvent, router: RouterPlan | undefined): LabEvent {
  const claim = event.kind === 'log' ? router?.claimOf(event.process, event.text) : undefined;
  const { at, node } = event;
  return claim === undefined ? event : { at, source: 'engine', node, ...claim };
}

async function check(
  plan: NodePlan,
  link: AgentLink,
  argv: readonly string[],
  version: string,
): Promise<void> {
  const { status, output = '' } = await link.demand({ kind: 'ask', argv });
  if (status === 0) return;
  throw new HalabError({
    code: 'HALAB_ENGINE_CONFIG',
    message: `${plan.name}: ${plan.kind} ${version} refuses its configuration:\n${indented(output)}`,
    hint: 'Another version may know these words; see engine and config in the topology.',
    exitCode: EXIT.usage,
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
    exitCode: EXIT.environment,
  });
}

function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
}
