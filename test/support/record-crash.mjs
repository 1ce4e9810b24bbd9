/** Records a crash of the pair in Docker for test/run/lost-evidence.test.ts: node test/support/record-crash.mjs FILE */
import { writeFileSync } from 'node:fs';
import { connectDocker } from '../../dist/lab/docker/connection.js';
import { DockerLab } from '../../dist/lab/docker/docker-lab.js';
import { planOf } from '../../dist/lab/plan.js';
import { readTopology } from '../../dist/topology/file/topology-file.js';
import { parseYaml } from '../../dist/topology/yaml/yaml-source.js';

const TOPOLOGY = `version: 1
name: pair
networks:
  lan: { subnet: 10.0.0.0/24 }
nodes:
  gw1: { role: router, attach: { lan: 10.0.0.1 } }
  gw2: { role: router, attach: { lan: 10.0.0.2 } }
  client: { role: client, attach: { lan: 10.0.0.9 } }
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
  vip: { from: client, to: 10.0.0.100, every: 20ms }
`;

const { topology } = readTopology(parseYaml(TOPOLOGY, 'pair.yaml'));
const lab = new DockerLab(await connectDocker());
const lines = [];
const keep = (what) => lines.push(JSON.stringify({ t: lab.clock.now(), ...what }));
await lab.up(
  planOf(topology, {
    runId: 'record0000',
    seed: 1,
    progress: () => {},
    onEvent: (event) => keep({ event }),
    onFrame: () => {},
    onFrameSource: () => {},
  }),
);
keep({ up: true });
const pass = (us) => lab.clock.runUntil(lab.clock.now() + us);
await pass(2_000_000);
const id = 'step-2-1-0';
const injection = lab.inject(
  { id, fault: { kind: 'node.kill', node: 'gw1' } },
  lab.clock.now() + 20_000,
);
await lab.clock.runUntil(lab.clock.now() + 5_000_000, () => injection.outcome() !== undefined);
keep({ outcome: { id, ...injection.outcome() } });
await pass(2_800_000);
await lab.down();
writeFileSync(
  process.argv[2],
  `${[JSON.stringify({ topology: TOPOLOGY }), ...lines].join('\n')}\n`,
);
