/**
 * A user's keepalived.conf with all that it includes, as it stands in its node: the file at keepalived's own path, the
 * others where its patterns look for them. The parser reads through this class, so the files that were read are
 * exactly those copied into the node. No other code reads such files.
 */
import { dirname, join, relative, sep } from 'node:path';
import { glob } from '../../glob.ts';
import type { PathProblem, Reach, TextFile } from '../reach.ts';
import type { OwnConfig } from '../topology.ts';
import { isProblem } from '../yaml/yaml-source.ts';

/** Path of the user's file in its node. */
export const OWN_CONFIG_PATH = '/etc/keepalived/keepalived.conf';

export interface ConfigPlace {
  readonly node: string;
  readonly reach: Reach;
  /** Its path was typed on the command line, which opens its folder for reading. */
  readonly typed: boolean;
}

export class ConfigFiles {
  /** On this machine. */
  readonly path: string;
  readonly text: string;
  /** The node's name, which `@id` lines refer to. */
  readonly configId: string;
  /** By path in the node: why a file of this machine may not be read. */
  readonly closed = new Map<string, PathProblem>();
  private readonly reach: Reach;
  private readonly typed: boolean;
  /** By path in the node: what was included. */
  private readonly texts = new Map<string, string>();
  /** By path in the node: the path on this machine. */
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

  /** A node does not have this machine's environment. */
  readonly env = (): undefined => undefined;

  readonly readableByOthers = (): boolean => false;

  /** The path on this machine, for messages: relative to the current folder if it is below it. */
  shown(inNode: string): string {
    const here = this.places.get(inNode) ?? inNode;
    const near = relative(process.cwd(), here);
    return near.startsWith('..') ? here : near;
  }

  /** With what has been read so far. `balances`: whether it has virtual servers. */
  config(balances: boolean): OwnConfig {
    const included = [...this.texts].map(([path, text]) => ({ path, text }));
    return { path: this.path, text: this.text, included, balances };
  }

  /** The folder of this machine that stands for a folder of the node. */
  private homeOf(folder: string): string {
    const inside = [...this.places].find(([inNode]) => dirname(inNode) === folder);
    return inside === undefined ? folder : dirname(inside[1]);
  }
}

/** The files that are copied into the node. */
export function ownFiles({ text, included }: OwnConfig): OwnConfig['included'] {
  return [{ path: OWN_CONFIG_PATH, text }, ...included];
}
