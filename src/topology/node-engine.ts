/** What a node of a topology file runs: the engine, or a user's build of keepalived. */
import type { PathProblem, Reach, WrittenPath } from './reach.ts';
import type { Engine, Node, Program, Role } from './topology.ts';
import { isProblem } from './yaml/yaml-source.ts';

/** Reports a mistake at a key of the node. */
export type ReportAt = (key: readonly string[], message: string, hint?: string) => void;

export interface EngineText {
  readonly name: string;
  readonly role: Role;
  readonly engine:
    | Engine
    | { readonly kind?: Engine | undefined; readonly path?: string | undefined }
    | undefined;
  readonly config: string | undefined;
}

/** Reads the files that a node names; `at` answers where a path was written. */
export interface NodeFiles {
  readonly reach: Reach;
  readonly at: (key: readonly string[], text: string) => WrittenPath;
}

export function readEngine(
  text: EngineText,
  files: NodeFiles,
  reportAt: ReportAt,
): Pick<Node, 'engine' | 'program'> {
  const { name, role, engine: wanted = 'halab', config } = text;
  if (role !== 'router') {
    if (text.engine !== undefined)
      reportAt(['engine'], `only a router has an engine; "${name}" is a ${role}`);
    if (config !== undefined)
      reportAt(['config'], `only a router has a config; "${name}" is a ${role}`);
    return { engine: 'halab', program: undefined };
  }
  const taken = <T>(key: readonly string[], found: T | PathProblem): T | undefined => {
    if (!isProblem(found)) return found;
    reportAt(key, found.problem, found.hint);
    return undefined;
  };
  const program = (written: string): Program | undefined => {
    const key = ['engine', 'path'];
    return taken(key, files.reach.program(files.at(key, written)));
  };
  const path = typeof wanted === 'string' ? undefined : wanted.path;
  const engine = engineOf(wanted);
  if (path !== undefined && engine !== 'keepalived')
    reportAt(
      ['engine', 'path'],
      `${engine} comes from the node image`,
      'Only keepalived can be a build of your own.',
    );
  if (config !== undefined && engine === 'frr')
    reportAt(['config'], 'frr reads no keepalived.conf', 'Leave it out: the lab renders frr.conf.');
  return {
    engine,
    program: path === undefined || engine !== 'keepalived' ? undefined : program(path),
  };
}

/** The engine of a router. A path alone means keepalived, the only engine that can be a user's build. */
export function engineOf(written: EngineText['engine']): Engine {
  if (typeof written !== 'object') return written ?? 'halab';
  return written.kind ?? (written.path === undefined ? 'halab' : 'keepalived');
}
