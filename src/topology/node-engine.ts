/** What a node of a topology file runs: the engine, or a user's build of keepalived. */
import type { Report } from './file/topology-issues.ts';
import type { TopologyText } from './file/topology-schema.ts';
import type { PathProblem, Reach, WrittenPath } from './reach.ts';
import type { Engine, Node, Program } from './topology.ts';
import { isProblem } from './yaml/yaml-source.ts';

type NodeText = TopologyText['nodes'][string];

/** Reads the files that a node names; `at` answers where a path was written. */
export interface NodeFiles {
  readonly reach: Reach;
  readonly at: (key: readonly string[], text: string) => WrittenPath;
}

export function readEngine(
  name: string,
  { role, engine: wanted, config }: NodeText,
  { reach, at }: NodeFiles,
  report: Report,
): Pick<Node, 'engine' | 'program'> {
  const nothing = { engine: 'halab', program: undefined } as const;
  if (role !== 'router') {
    if (wanted !== undefined)
      report.error(['engine'], `only a router has an engine; "${name}" is a ${role}`);
    if (config !== undefined)
      report.error(['config'], `only a router has a config; "${name}" is a ${role}`);
    return nothing;
  }
  const engine = engineOf(wanted);
  if (config !== undefined && engine === 'frr')
    report.error(
      ['config'],
      'frr reads no keepalived.conf',
      'Leave it out: the lab renders frr.conf.',
    );
  const path = typeof wanted === 'object' ? wanted.path : undefined;
  if (path === undefined) return { ...nothing, engine };
  const key = ['engine', 'path'];
  const program: Program | PathProblem =
    engine === 'keepalived'
      ? reach.program(at(['nodes', name, ...key], path))
      : {
          problem: `${engine} comes from the node image`,
          hint: 'Only keepalived can be a build of your own.',
        };
  if (!isProblem(program)) return { engine, program };
  report.error(key, program.problem, program.hint);
  return { ...nothing, engine };
}

/** The engine of a router. A path alone means keepalived, the only engine that can be a user's build. */
export function engineOf(written: NodeText['engine']): Engine {
  if (typeof written !== 'object') return written ?? 'halab';
  return written.kind ?? (written.path === undefined ? 'halab' : 'keepalived');
}
