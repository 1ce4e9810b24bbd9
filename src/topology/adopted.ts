/** A topology's text with the values of users' keepalived.conf files, which are what runs and so what is judged. */
import type { SourceIssue } from '../errors.ts';
import type { ConfigFiles } from './file/config-files.ts';
import type { TopologyText } from './file/topology-schema.ts';
import type { Path, YamlSource } from './yaml/yaml-source.ts';

export interface Adopted {
  readonly text: TopologyText;
  /** The position of a value that was taken from a file is in that file. */
  readonly source: YamlSource;
  /** Whether the value at a path was taken from such a file. */
  readonly isForeign: (path: Path) => boolean;
  readonly issues: readonly SourceIssue[];
  /** By virtual router. */
  readonly extras: ReadonlyMap<string, Extras>;
  /** Nodes whose file has virtual servers. */
  readonly balancing: ReadonlySet<string>;
}

/** Settings of a virtual router that files have and YAML has no key for. */
export interface Extras {
  /** `down_timer_adverts`. */
  readonly downAdverts: number;
  /** Tracked scripts that are not the lab's, so that no fault can command them. */
  readonly ownScripts: readonly string[];
  /** By node: the name of its `vrrp_instance`. */
  readonly instances: ReadonlyMap<string, string>;
}

/** `configs`: by node. */
export type Adopt = (
  text: TopologyText,
  source: YamlSource,
  configs: ReadonlyMap<string, ConfigFiles>,
) => Adopted;
