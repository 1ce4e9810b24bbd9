/** Small topologies and timelines for tests of what judges them. */

import type { Topology } from '../../src/topology/topology.ts';
import { readTopology } from '../../src/topology/topology-file.ts';
import { parseYaml } from '../../src/topology/yaml-source.ts';

export const PAIR_YAML = `version: 1
name: pair
networks:
  lan: { subnet: 10.0.0.0/24 }
nodes:
  gw1: { role: router, attach: { lan: 10.0.0.1 } }
  gw2: { role: router, attach: { lan: 10.0.0.2 } }
  client: { role: client, attach: { lan: 10.0.0.9 } }
  idle: { role: web, attach: { lan: 10.0.0.10 } }
virtual_routers:
  web:
    vrid: 51
    network: lan
    addresses: [10.0.0.100/24]
    advert_interval: 100ms
    members:
      gw1: { priority: 150 }
      gw2: { priority: 100 }
probes:
  vip: { from: client, to: 10.0.0.100 }
  noise: { from: client, to: idle, control: true }
`;

export function topologyOf(text: string): Topology {
  const { topology, issues } = readTopology(parseYaml(text, 'pair.yaml'));
  if (topology === undefined) throw new Error(issues.map(({ message }) => message).join('; '));
  return topology;
}

/** Every problem as `what stands at its position: message | hint`. */
export function problemsOf(text: string): string[] {
  const lines = text.split('\n');
  const { issues } = readTopology(parseYaml(text, 't.yaml'));
  return issues.map(({ line, column, message, hint }) => {
    const word = /^[^\s,}\]]+/.exec(lines[line - 1]?.slice(column - 1) ?? '')?.[0] ?? '';
    return `${word} -> ${message}${hint === undefined ? '' : ` | ${hint}`}`;
  });
}
