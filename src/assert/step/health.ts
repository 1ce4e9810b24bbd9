/** `health`: a router declares a server up or down, and not too early. */
import * as z from 'zod';
import { agentOf } from '../../observe/witness.ts';
import { virtualServerName } from '../../topology/service.ts';
import { slice, within } from '../assertion.ts';
import { balancersOf } from '../grounds.ts';
import { node, router, virtualServer } from '../names.ts';
import { unobserved } from '../verdict.ts';
import { holderOf, lastOf, serverNamed } from './server-view.ts';
import { after, is, turned } from './turned.ts';

export const health = slice({
  schema: z.strictObject({
    of: node.describe('A node of the pool'),
    in: virtualServer.optional().describe('A virtual server [the first one]'),
    on: router.optional().describe('The router that declares it [the one that holds the address]'),
    is,
    after,
    within,
  }),
  docs: 'a server is declared up or down, and not sooner than `after`',
  witnesses: (assertion, topology) => [
    ...balancersOf(serverNamed(assertion.in, topology), topology),
    ...(assertion.on === undefined ? [] : [agentOf(assertion.on)]),
  ],
  step: {
    judge(assertion, view) {
      const server = serverNamed(assertion.in, view.topology);
      const member = server?.pool.find((member) => member.node === assertion.of);
      if (server === undefined || member === undefined)
        return unobserved(`${assertion.of} is in no pool of ${assertion.in ?? 'the topology'}`);
      const on = assertion.on ?? holderOf(server, view);
      if (on === undefined) return unobserved(`nobody holds ${server.address}`);
      const name = virtualServerName(server);
      const declared = view.timeline
        .of('server')
        .filter((event) => event.node === on && event.virtualServer === name)
        .filter(({ address, port }) => address === member.address && port === member.port);
      const last = lastOf(declared);
      const up = last?.up ?? true;
      const sentence = `${on} says ${assertion.of} is ${up ? 'up' : 'down'}${last === undefined ? '' : ` (${last.detail})`}`;
      return turned({ up, at: last?.at }, assertion, sentence, view);
    },
  },
});
