/**
 * A segment as a Docker bridge network without a way out: no masquerading, no host address on the bridge, no Docker
 * IPv6. Docker must manage addresses, so each network gets a small block of 198.18.0.0/15; the nodes replace these
 * addresses by the topology's.
 */
import { randomInt } from 'node:crypto';
import type Docker from 'dockerode';
import { HalabError, messageOf } from '../../errors.ts';
import { type IpAddress, ip } from '../../net/address.ts';
import type { LabPlan } from '../lab.ts';
import { labelsOf } from './labels.ts';

export interface DockerSegment {
  readonly name: string;
  /** The Docker network's name. */
  readonly network: string;
  /** The bridge's interface on the daemon's host. */
  readonly bridge: string;
  /** Docker's own address of a node on it. */
  addressOf(node: string): IpAddress;
}

const BLOCKS = 2_048; // of 64 addresses in 198.18.0.0/15
const TRIES = 30;
/** Most nodes on a segment: a block without its network, gateway and broadcast addresses. */
export const MOST_NODES = 61;

export async function createSegment(
  docker: Docker,
  { runId, nodes }: LabPlan,
  name: string,
  index: number,
): Promise<DockerSegment> {
  const members = nodesOn(name, nodes);
  // Docker accepts fewer characters than Linux does in names of interfaces.
  const plain = name.replaceAll(/[^A-Za-z0-9_.-]/g, '_');
  const network = `halab-${runId}-${plain === name ? name : `${plain}-${index}`}`;
  const bridge = `hl${runId.slice(-8)}${index}`;
  let lastProblem = '';
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const block = randomInt(BLOCKS);
    const base = `198.${18 + (block >> 10)}.${(block >> 2) & 0xff}.`;
    const first = (block & 3) * 64;
    const addressOf = (node: string): IpAddress =>
      ip(`${base}${first + 1 + members.indexOf(node)}`);
    try {
      await docker.createNetwork({
        Name: network,
        Driver: 'bridge',
        CheckDuplicate: true,
        IPAM: {
          Driver: 'default',
          Config: [{ Subnet: `${base}${first}/26`, Gateway: `${base}${first + 62}` }],
        },
        Options: {
          'com.docker.network.bridge.name': bridge,
          'com.docker.network.bridge.enable_ip_masquerade': 'false',
          'com.docker.network.bridge.inhibit_ipv4': 'true',
        },
        Labels: { ...labelsOf(runId) },
      });
      return { name, network, bridge, addressOf };
    } catch (error) {
      lastProblem = messageOf(error);
      if (!/overlap/i.test(lastProblem)) break;
    }
  }
  throw new HalabError({
    code: 'HALAB_DOCKER_NETWORK',
    message: `no network for segment "${name}": ${lastProblem}`,
    hint: '`halab clean` removes leftovers of earlier runs; docker network ls shows what there is.',
  });
}

/** The number of nodes on the largest segment. */
export function largestSegment({ segments, nodes }: Pick<LabPlan, 'segments' | 'nodes'>): number {
  return Math.max(...segments.map(({ name }) => nodesOn(name, nodes).length));
}

function nodesOn(segment: string, nodes: LabPlan['nodes']): string[] {
  return nodes
    .filter(({ interfaces }) => interfaces.some(({ network }) => network === segment))
    .map(({ name }) => name);
}
