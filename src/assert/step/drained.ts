/** `drained`: no client opens a connection to a node that has left the pool. */
import * as z from 'zod';
import type { EventOf } from '../../observe/event.ts';
import { tapOf } from '../../observe/witness.ts';
import { type Instant, micros, plus } from '../../time.ts';
import type { VirtualServer } from '../../topology/service.ts';
import type { Topology } from '../../topology/topology.ts';
import { duration } from '../../topology/yaml/scalars.ts';
import { slice, within } from '../assertion.ts';
import { balancersOf } from '../grounds.ts';
import { node, virtualServer } from '../names.ts';
import { DRAINED_FOR, LAST_ANSWERS, TAP_DELAY } from '../step-view.ts';
import { count, fail, pass, text, unobserved } from '../verdict.ts';
import { holderOf, lastOf, memberOf, nodesIn, poolsOf, serverNamed } from './server-view.ts';

export const drained = slice({
  schema: z.strictObject({
    from: node.describe('A node that has left the pool'),
    of: virtualServer.optional().describe('A virtual server [the first one]'),
    over: duration.optional().describe('No client opens a connection to it for this long [1s]'),
    within,
  }),
  docs: 'no client opens a connection to a node that has left the pool',
  witnesses: ({ of, from }, topology) => [
    ...balancersOf(serverNamed(of, topology), topology),
    ...(topology.nodes.find((node) => node.name === from)?.attach ?? []).map(({ network }) =>
      tapOf(network),
    ),
  ],
  step: {
    patience: ({ within: wait = 0, over = DRAINED_FOR }) => micros(wait + over + TAP_DELAY),
    judge({ from, of, over = DRAINED_FOR }, view) {
      const server = serverNamed(of, view.topology);
      const member = server === undefined ? undefined : memberOf(server, from);
      if (server === undefined || member === undefined)
        return unobserved(`${from} is in no pool of ${of ?? 'the topology'}`);
      const on = holderOf(server, view);
      const pools = on === undefined ? [] : poolsOf(server, on, view);
      const last = lastOf(pools);
      const bound = text('no new connection');
      if (last === undefined || nodesIn(last, server).includes(from)) {
        const because = `${from} is still in the pool of ${server.name}`;
        return fail({ measured: text('still in the pool'), bound, because });
      }
      const left = leftAt(pools, server, from);
      const end = plus(left, over);
      // The routers still check it.
      const checking = new Set<string>(routerAddresses(view.topology));
      const opened = view.timeline
        .of('connection')
        .filter((event) => event.node === from && event.port === member.port && event.at <= end)
        .filter(({ client }) => !checking.has(client));
      // A repeated SYN belongs to a connection that was opened before.
      const before = new Set(opened.filter(({ at }) => at < left).map(flowOf));
      const late = opened.filter((event) => event.at >= left && !before.has(flowOf(event)));
      const measured = count(late.length);
      const because = `${late.length} connections to ${from} after it had left the pool`;
      if (late.length > 0) return fail({ measured, bound, because });
      const known = plus(end, LAST_ANSWERS);
      return view.now >= known
        ? pass({ measured, bound, because })
        : { ...fail({ measured, bound, because: `${because} so far` }), retryAt: known };
    },
  },
});

function routerAddresses({ nodes }: Topology): string[] {
  return nodes
    .filter(({ role }) => role === 'router')
    .flatMap(({ attach }) => attach.flatMap(({ addresses }) => addresses))
    .map(({ address }) => address);
}

function flowOf({ client, clientPort }: EventOf<'connection'>): string {
  return `${client} ${clientPort}`;
}

/** When the first pool without the node came that no pool with it has followed. */
function leftAt(pools: readonly EventOf<'pool'>[], server: VirtualServer, name: string): Instant {
  const lastWith = pools.findLastIndex((pool) => nodesIn(pool, server).includes(name));
  const first = pools[lastWith + 1];
  if (first === undefined)
    throw new Error('the caller has checked that the last pool is without it');
  return first.at;
}
