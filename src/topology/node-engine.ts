/** What a node of a topology file runs: the engine, a build of the user's own, a configuration of their own. */
import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { messageOf } from '../errors.ts';
import type { Engine, Node, OwnConfig, Role } from './topology.ts';

/** Tells a mistake at a key of the node. */
export type Report = (key: readonly string[], message: string, hint?: string) => void;

export interface EngineText {
  readonly name: string;
  readonly role: Role;
  readonly engine:
    | Engine
    | { readonly kind?: Engine | undefined; readonly path?: string | undefined }
    | undefined;
  readonly config: string | undefined;
}

const RELATIVE = 'The path is relative to the file it stands in.';

/** Paths are relative to `folder`: the topology file's, or the scenario's that has the topology in it. */
export function readEngine(
  folder: string,
  text: EngineText,
  report: Report,
): Pick<Node, 'engine' | 'program' | 'config'> {
  const { name, role, engine: wanted = 'halab', config } = text;
  if (role !== 'router') {
    if (text.engine !== undefined)
      report(['engine'], `only a router has an engine; "${name}" is a ${role}`);
    if (config !== undefined)
      report(['config'], `only a router has a config; "${name}" is a ${role}`);
    return { engine: 'halab', program: undefined, config: undefined };
  }
  const path = typeof wanted === 'string' ? undefined : wanted.path;
  const engine = typeof wanted === 'string' ? wanted : (wanted.kind ?? impliedBy(path));
  if (path !== undefined && engine !== 'keepalived')
    report(
      ['engine', 'path'],
      `${engine} comes from the node image`,
      'Only keepalived can be a build of your own.',
    );
  if (config !== undefined && engine === 'frr')
    report(['config'], 'frr reads no keepalived.conf', 'Leave it out: the lab renders frr.conf.');
  return {
    engine,
    program: path === undefined ? undefined : programAt(resolve(folder, path), report),
    config: config === undefined ? undefined : configAt(resolve(folder, config), report),
  };
}

/** Only keepalived can be a build of one's own. */
function impliedBy(path: string | undefined): Engine {
  return path === undefined ? 'halab' : 'keepalived';
}

function programAt(path: string, report: Report): string {
  try {
    accessSync(path, constants.X_OK);
    if (!statSync(path).isFile()) throw new Error('not a file');
  } catch (error) {
    report(['engine', 'path'], `${path} cannot be run: ${messageOf(error)}`, RELATIVE);
  }
  return path;
}

function configAt(path: string, report: Report): OwnConfig | undefined {
  try {
    return { path, text: readFileSync(path, 'utf8') };
  } catch (error) {
    report(['config'], `${path} cannot be read: ${messageOf(error)}`, RELATIVE);
    return undefined;
  }
}
