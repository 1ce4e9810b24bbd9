/** Small topologies and timelines for tests of judges. */

import type { SourceIssue } from '../../src/errors.ts';
import { readTopology } from '../../src/topology/file/topology-file.ts';
import { reachOf } from '../../src/topology/reach.ts';
import type { Topology } from '../../src/topology/topology.ts';
import { parseYaml, type YamlSource } from '../../src/topology/yaml/yaml-source.ts';

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

/** The keepalived.conf of a user for gw1 of that pair. */
export const OWN_CONF = `vrrp_instance web {
    interface lan
    virtual_router_id 51
    priority 150
    version 3
    advert_int 0.1
    virtual_ipaddress {
        10.0.0.100/24
    }
}
`;

/** Two balancers between clients and a farm whose return traffic follows the owner. */
export const FARM_YAML = `version: 1
name: farm
networks:
  lan: { subnet: 10.0.0.0/24 }
  farm: { subnet: 10.0.1.0/24 }
nodes:
  gw1: { role: router, attach: { lan: 10.0.0.1, farm: 10.0.1.1 } }
  gw2: { role: router, attach: { lan: 10.0.0.2, farm: 10.0.1.2 } }
  web1: { role: web, gateway: inside, attach: { farm: 10.0.1.11 } }
  web2: { role: web, gateway: inside, attach: { farm: 10.0.1.12 } }
  web3: { role: web, gateway: inside, attach: { farm: 10.0.1.13 } }
  client: { role: client, attach: { lan: 10.0.0.9 } }
virtual_routers:
  web:
    vrid: 51
    network: lan
    addresses: [10.0.0.100/24]
    track: { local: { weight: -60, every: 200ms, rise: 2, fall: 2 } }
    notify: true
    members: { gw1: { priority: 150 }, gw2: { priority: 100 } }
  inside:
    vrid: 52
    network: farm
    addresses: [10.0.1.100/24]
    members: { gw1: { priority: 150 }, gw2: { priority: 100 } }
sync_groups:
  pair: [web, inside]
virtual_servers:
  http:
    listen: 10.0.0.100:80
    pool: [web1, web2]
    sorry: web3
    check: { type: http, every: 500ms, timeout: 300ms, fall: 2 }
probes:
  vip: { from: client, to: 10.0.0.100 }
  vip-http: { from: client, to: "http://10.0.0.100/whoami", type: http, every: 50ms }
`;

interface Read {
  /** Undefined: it has a mistake. */
  readonly topology: Topology | undefined;
  readonly issues: readonly SourceIssue[];
}

/** A topology whose routers have no configuration of a user's own. */
export function readPlain(source: YamlSource): Read {
  const { draft, isPartial, issues } = readTopology(source, source.value, {
    reach: reachOf(source.file),
    adopt: (text) => ({
      text,
      source,
      isForeign: () => false,
      issues: [],
      extras: new Map(),
      balancing: new Set(),
    }),
    isElection: false,
  });
  const failed = isPartial || issues.some(({ severity }) => severity === 'error');
  return { topology: failed ? undefined : draft, issues };
}

export function topologyOf(text: string): Topology {
  const { topology, issues } = readPlain(parseYaml(text, 'pair.yaml'));
  if (topology === undefined) throw new Error(issues.map(({ message }) => message).join('; '));
  return topology;
}

/** Every problem as `text at its position: message | hint`. */
export function problemsOf(text: string): string[] {
  const lines = text.split('\n');
  const { issues } = readPlain(parseYaml(text, 't.yaml'));
  return issues.map(({ line, column, message, hint }) => {
    const word = /^[^\s,}\]]+/.exec(lines[line - 1]?.slice(column - 1) ?? '')?.[0] ?? '';
    return `${word} -> ${message}${hint === undefined ? '' : ` | ${hint}`}`;
  });
}
