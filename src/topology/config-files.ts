/**
 * A keepalived.conf of a user's own with all it includes, as it stands in its node: the file at keepalived's
 * own place, the others where its patterns look for them. Whoever parses it asks here, and what was read is
 * what is carried into the node. The only place that reads such files.
 */
import { readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { messageOf } from '../errors.ts';
import { glob } from '../glob.ts';
import type { OwnConfig } from './topology.ts';

/** Where the user's file stands in its node. */
export const OWN_CONFIG_PATH = '/etc/keepalived/keepalived.conf';

const MOST_BYTES = 1 << 20;

export class ConfigFiles {
  /** Here. */
  readonly path: string;
  readonly text: string;
  /** The node's, which `@id` lines name. */
  readonly configId: string;
  /** Files by their path in the node: where they stand here, and what they say. */
  private readonly files = new Map<string, { readonly here: string; readonly text: string }>();
  private readonly places = new Map<string, string>();

  /** Throws an Error that says why it cannot be read. */
  constructor(path: string, node: string) {
    this.path = path;
    this.configId = node;
    this.text = readText(path);
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
    try {
      const text = readText(here);
      this.files.set(inNode, { here, text });
      return text;
    } catch (error) {
      return { error: messageOf(error) };
    }
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
    const included = [...this.files].map(([path, { text }]) => ({ path, text }));
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

function readText(path: string): string {
  const stat = statSync(path);
  if (!stat.isFile()) throw new Error('it is not a regular file');
  if (stat.size > MOST_BYTES) throw new Error('it is larger than 1 MiB');
  return readFileSync(path, 'utf8');
}

/** Relative to the file that the path stands in. */
export function configAt(folder: string, written: string, node: string): ConfigFiles {
  return new ConfigFiles(resolve(folder, written), node);
}
