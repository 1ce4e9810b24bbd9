/** Matches each `vrrp_instance` of a user's file with a virtual router; one that YAML does not mention becomes one. */
import type { VrrpInstanceConfig } from '../engine/core/config.ts';
import { family } from '../net/address.ts';
import type { TopologyText, VirtualRouterText } from '../topology/file/topology-schema.ts';
import type { OwnFile } from './own-file.ts';

/** A member of a virtual router whose configuration is a user's file. */
export interface OwnMember {
  readonly file: OwnFile;
  readonly instance: VrrpInstanceConfig;
}

export interface Matched {
  /** By virtual router, in the order of the nodes. */
  readonly members: ReadonlyMap<string, readonly OwnMember[]>;
  /** Members in YAML whose file has no instance for the virtual router. */
  readonly lacking: readonly { readonly router: string; readonly file: OwnFile }[];
  /** Instances on interfaces that are no network of the topology. */
  readonly elsewhere: readonly OwnMember[];
}

type Test = (router: VirtualRouterText, instance: VrrpInstanceConfig, name: string) => boolean;

const TESTS: readonly Test[] = [
  (_, instance, name) => instance.name === name,
  (router, instance) =>
    router.vrid === instance.vrid && maybeOn(router, instance) && sameFamily(router, instance),
  (router, instance) =>
    maybeOn(router, instance) &&
    (router.addresses ?? []).some(({ address }) =>
      instance.addresses.some((own) => own.address === address),
    ),
];

export function matchInstances(text: TopologyText, files: readonly OwnFile[]): Matched {
  const members = new Map<string, OwnMember[]>();
  const lacking: { router: string; file: OwnFile }[] = [];
  const elsewhere: OwnMember[] = [];
  const made = new Map<string, string>();
  for (const file of files) {
    const { pairs, left, open } = pairUp(text, file);
    lacking.push(...open.map((router) => ({ router, file })));
    for (const instance of left)
      if (isHere(text, file.node, instance)) pairs.push([nameFor(text, made, instance), instance]);
      else elsewhere.push({ file, instance });
    for (const [router, instance] of pairs)
      members.set(router, [...(members.get(router) ?? []), { file, instance }]);
  }
  return { members, lacking, elsewhere };
}

/** `open`: virtual routers of which the node is a member and for which its file has no instance. */
function pairUp(text: TopologyText, { node, instances }: OwnFile) {
  const pairs: [string, VrrpInstanceConfig][] = [];
  const left = new Set(instances);
  const routers = new Map(Object.entries(text.virtual_routers ?? {}));
  const pair = (name: string, instance: VrrpInstanceConfig | undefined): void => {
    if (instance === undefined) return;
    pairs.push([name, instance]);
    left.delete(instance);
    routers.delete(name);
  };
  for (const test of TESTS)
    for (const [name, router] of routers)
      pair(
        name,
        [...left].find((instance) => test(router, instance, name)),
      );
  const listed = [...routers].filter(([, { members }]) => members?.[node] !== undefined);
  const [only, another] = listed;
  if (only !== undefined && another === undefined) {
    const candidates = [...left].filter(
      (instance) =>
        maybeOn(only[1], instance) && (instance.interface === '' || isHere(text, node, instance)),
    );
    if (candidates.length === 1) pair(only[0], candidates[0]);
  }
  const open = listed.map(([name]) => name).filter((name) => routers.has(name));
  return { pairs, left, open };
}

/** Instances with the same VRID on the same network are one virtual router with any names. */
function nameFor(
  text: TopologyText,
  made: Map<string, string>,
  { interface: network, vrid, family: which, name }: VrrpInstanceConfig,
): string {
  const key = `${network} ${vrid} ${which}`;
  const taken = new Set([...Object.keys(text.virtual_routers ?? {}), ...made.values()]);
  const fresh = taken.has(name) ? `${name}-${vrid}` : name;
  const found = made.get(key) ?? fresh;
  made.set(key, found);
  return found;
}

function isHere(text: TopologyText, node: string, { interface: network }: VrrpInstanceConfig) {
  return (
    Object.hasOwn(text.networks, network) && Object.hasOwn(text.nodes[node]?.attach ?? {}, network)
  );
}

/** An instance without an interface may be on any network. */
function maybeOn({ network }: VirtualRouterText, instance: VrrpInstanceConfig): boolean {
  return network === undefined || instance.interface === '' || instance.interface === network;
}

function sameFamily({ addresses }: VirtualRouterText, instance: VrrpInstanceConfig): boolean {
  const [first] = addresses ?? [];
  return first === undefined || family(first.address) === instance.family;
}
