/** In Docker: a server that falls silent is declared down within the bounds of its check, at every phase. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { virtualServerOf } from '../../src/kind/render-servers.ts';
import type { EventOf } from '../../src/observe/event.ts';
import { micros, plus } from '../../src/time.ts';
import { virtualServerName } from '../../src/topology/service.ts';
import { inject } from '../support/contract.ts';
import { type DockerRun, withLab } from '../support/docker.ts';
import { downBounds } from '../support/down-bounds.ts';
import { topologyOf } from '../support/topology.ts';
import { median, report } from './row.ts';

const RUNS = 50;
const GW1 = '10.50.7.11';
const topology = topologyOf(readFileSync('topologies/load-balancer.yaml', 'utf8'));
const [http] = topology.virtualServers;
if (http === undefined) throw new Error('the topology has no virtual server');
const timing = virtualServerOf(http).realServers[0]?.checkers[0]?.timing;
if (timing === undefined) throw new Error('the virtual server has no check');
const { interval } = timing;
const { earliest, latest } = downBounds(timing);

/** The verdicts of gw1 about web1, and the time of its last probe. */
function verdicts({ timeline }: DockerRun): EventOf<'server'>[] {
  return timeline
    .of('server')
    .filter(
      ({ node, virtualServer, address }) =>
        node === 'gw1' &&
        http !== undefined &&
        virtualServer === virtualServerName(http) &&
        address === http.pool[0]?.address,
    );
}

const asked = ({ timeline }: DockerRun): EventOf<'connection'>[] =>
  timeline
    .of('connection')
    .filter(({ client, node, port }) => client === GW1 && node === 'web1' && port === 80);

/** Time from the fault to the verdict; the fault comes this long after a probe. */
async function strikeAt(run: DockerRun, i: number): Promise<number> {
  const before = asked(run).length;
  await run.until('a question', () => asked(run).length > before);
  const last = asked(run).at(-1)?.at ?? run.lab.clock.now();
  const at = plus(last, micros(Math.round(interval * (1 + i / RUNS))));
  const fault = { kind: 'port.block', node: 'web1', port: 80, mode: 'drop' } as const;
  const result = await inject(run.lab, { id: `block-${i}`, fault }, at);
  if (!result.ok) throw new Error(result.because);
  const down = (): EventOf<'server'> | undefined =>
    verdicts(run).find((event) => event.at > result.at && !event.up);
  await run.until('down', () => down() !== undefined);
  const took = (down()?.at ?? 0) - result.at;
  await run.lab.heal(`block-${i}`);
  await run.until('up again', () => verdicts(run).at(-1)?.up === true);
  return took;
}

it('50 stratified failures in Docker are declared within the bounds of the check, never earlier', async () => {
  const took: number[] = [];
  await withLab(topology, async (run) => {
    await run.until('it is asked', () => asked(run).length > 2, 30);
    for (let i = 0; i < RUNS; i++) took.push(await strikeAt(run, i));
  });
  expect(took.length).toBe(RUNS);
  report({
    name: 'failure to verdict in Docker: earliest',
    value: Math.min(...took) / 1_000,
    unit: 'ms',
  });
  report({ name: 'failure to verdict in Docker: median', value: median(took) / 1_000, unit: 'ms' });
  report({
    name: 'failure to verdict in Docker: latest',
    value: Math.max(...took) / 1_000,
    unit: 'ms',
  });
  report({
    name: `failure to verdict in Docker: outside ${earliest / 1_000}..${latest / 1_000} + 20 ms`,
    value: took.filter((time) => time < earliest || time > latest + 20_000).length,
    unit: `of ${RUNS}`,
    bound: '<= 0',
  });
});
