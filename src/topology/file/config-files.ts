/**
 * A keepalived.conf of a user's own with all it includes, as it stands in its node: the file at keepalived's
 * own place, the others where its patterns look for them. Whoever parses it asks here, and what was read is
 * what is carried into the node. The only place that reads such files.
 */
import { dirname, join, relative, sep } from 'node:path';
import { glob } from '../../glob.ts';
import type { PathProblem, Reach, TextFile } from '../reach.ts';
import type { OwnConfig } from '../topology.ts';
import { isProblem } from '../yaml/yaml-source.ts';

/** Where the user's file stands in its node. */
export const OWN_CONFIG_PATH = '/etc/keepalived/keepalived.conf';

export interface ConfigPlace {
  readonly node: string;
  readonly reach: Reach;
  /** Its path was typed on the command line, which opens its folder. */
  readonly typed: boolean;
}

export class ConfigFiles {
  /** Here. */
  readonly path: string;
  readonly text: string;
  /** The node's name, which `@id` lines mean. */
  readonly configId: string;
  /** By path in the node: why a file that is here may not be read. */
  readonly closed = new Map<string, PathProblem>();
  private readonly reach: Reach;
  private readonly typed: boolean;
  /** By path in the node: what was included. */
  private readonly texts = new Map<string, string>();
  /** By path in the node: the path here. */
  private readonly places = new Map<string, string>();

  constructor({ path, text }: TextFile, { node, reach, typed }: ConfigPlace) {
    this.path = path;
    this.text = text;
    this.configId = node;
    this.reach = reach;
    this.typed = typed;
    this.places.set(OWN_CONFIG_PATH, path);
  }

  /** Files that match a pattern in a folder of the node, in the order of their names. */
  readonly glob = (pattern: string, folder: string): readonly string[] => {
    const home = this.homeOf(folder);
    return glob(pattern, home).map((here) => {
      const inNode = pattern.startsWith('/') ? here : join(folder, relative(home, here));
      this.places.set(inNode, here);
      return inNode;
    });
  };

  readonly read = (inNode: string): string | { readonly error: string } => {
    const here = this.places.get(inNode) ?? inNode;
    const typed = this.typed && here.startsWith(`${dirname(this.path)}${sep}`);
    const found = this.reach.text({ text: here, folder: dirname(this.path), typed });
    if (isProblem(found)) {
      this.closed.set(inNode, found);
      return { error: found.problem };
    }
    this.texts.set(inNode, found.text);
    return found.text;
  };

  readonly folderOf = (inNode: string): string => dirname(inNode);

  /** A node knows nothing of the environment here. */
  readonly env = (): undefined => undefined;

  readonly readableByOthers = (): boolean => false;

  /** Where a file of the node stands here, for messages: relative to the current folder if it is below it. */
  shown(inNode: string): string {
    const here = this.places.get(inNode) ?? inNode;
    const near = relative(process.cwd(), here);
    return near.startsWith('..') ? here : near;
  }

  /** As far as it has been read. `balances`: it has virtual servers. */
  config(balances: boolean): OwnConfig {
    const included = [...this.texts].map(([path, text]) => ({ path, text }));
    return { path: this.path, text: this.text, included, balances };
  }

  /** The folder here that stands for one of the node. */
  private homeOf(folder: string): string {
    const inside = [...this.places].find(([inNode]) => dirname(inNode) === folder);
    return inside === undefined ? folder : dirname(inside[1]);
  }
}

/** What is carried into the node. */
export function ownFiles({ text, included }: OwnConfig): OwnConfig['included'] {
  return [{ path: OWN_CONFIG_PATH, text }, ...included];
}
