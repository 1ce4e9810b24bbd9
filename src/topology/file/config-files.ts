/**
 * A user's keepalived.conf with its includes, as placed in its node: the file at keepalived's own path, the
 * others where its patterns look for them. The parser reads through this object, so the files that were read are
 * exactly those copied into the node. No other code reads such files.
 */
import { dirname, join, relative, sep } from 'node:path';
import { glob } from '../../glob.ts';
import type { PathProblem, Reach, TextFile } from '../reach.ts';
import type { OwnConfig } from '../topology.ts';
import { isProblem } from '../yaml/yaml-source.ts';

/** Path of the user's file in its node. */
export const OWN_CONFIG_PATH = '/etc/keepalived/keepalived.conf';

export type ConfigFiles = ReturnType<typeof configFiles>;

/** `typed`: its path was typed on the command line, which opens its folder for reading. */
export function configFiles(
  { path, text }: TextFile,
  { node, reach, typed }: { readonly node: string; readonly reach: Reach; readonly typed: boolean },
) {
  const own = dirname(path);
  /** By path in the node: why a file of this machine may not be read. */
  const closed = new Map<string, PathProblem>();
  /** Included files by path in the node. */
  const texts = new Map<string, string>();
  /** By path in the node: the path on this machine. */
  const places = new Map([[OWN_CONFIG_PATH, path]]);
  const hereOf = (inNode: string): string => places.get(inNode) ?? inNode;
  return {
    text,
    closed,
    /** The node's name, which `@id` lines refer to. */
    configId: node,
    /** Files that match a pattern in a folder of the node, in the order of their names. */
    glob: (pattern: string, folder: string): readonly string[] => {
      // The folder of this machine that stands for the folder of the node.
      const inside = [...places].find(([inNode]) => dirname(inNode) === folder);
      const home = inside === undefined ? folder : dirname(inside[1]);
      return glob(pattern, home).map((here) => {
        const inNode = pattern.startsWith('/') ? here : join(folder, relative(home, here));
        places.set(inNode, here);
        return inNode;
      });
    },
    read: (inNode: string): string | { readonly error: string } => {
      const here = hereOf(inNode);
      const isNear = typed && here.startsWith(`${own}${sep}`);
      const found = reach.text({ text: here, folder: own, typed: isNear });
      if (isProblem(found)) {
        closed.set(inNode, found);
        return { error: found.problem };
      }
      texts.set(inNode, found.text);
      return found.text;
    },
    folderOf: dirname,
    /** A node does not have this machine's environment. */
    env: (): undefined => undefined,
    readableByOthers: () => false,
    /** The path on this machine, for messages: relative to the current folder if it is below it. */
    shown: (inNode: string): string => {
      const near = relative(process.cwd(), hereOf(inNode));
      return near.startsWith('..') ? hereOf(inNode) : near;
    },
    /** The result so far. `balances`: whether it has virtual servers. */
    config: (balances: boolean): OwnConfig => {
      const included = [...texts].map(([inNode, content]) => ({ path: inNode, text: content }));
      return { path, text, included, balances };
    },
  };
}

/** The files that are copied into the node. */
export function ownFiles({ text, included }: OwnConfig): OwnConfig['included'] {
  return [{ path: OWN_CONFIG_PATH, text }, ...included];
}
