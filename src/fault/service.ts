/** Faults of the services that answer on a node. */
import * as z from 'zod';
import type { Micros } from '../time.ts';
import { nodeNamed } from '../topology/attachment.ts';
import type { Node } from '../topology/topology.ts';
import { duration, name } from '../topology/yaml/scalars.ts';
import {
  define,
  type FaultData,
  type FaultDefinition,
  type Lack,
  nothing,
  problemAt,
  type Request,
  tooOften,
} from './definition.ts';
import { suggest } from './selector.ts';

type Of<K extends string, T = unknown> = FaultData<K, { readonly service: string } & T>;

export type ServiceFault =
  | Of<'service.stop' | 'service.hang' | 'tls.expired'>
  /** From the question to its answer. */
  | Of<'service.slow', { readonly delay: Micros }>
  /** 100..599. */
  | Of<'service.status', { readonly status: number }>
  | Of<'service.body', { readonly body: string }>
  /** Stopped and started again, each for half of `every`. */
  | Of<'service.flap', { readonly every: Micros }>;

const plain = z.strictObject({
  service: name.optional().describe("Name of a service [the node's first]"),
});

export const SERVICE_FAULTS = {
  'service.stop': ofService({
    docs: "Nothing listens on the service's port; open connections end.",
    with: plain,
  }),
  'service.hang': ofService({
    docs: 'Connections are accepted and never answered.',
    with: plain,
  }),
  'service.slow': ofService({
    docs: 'Every answer comes later.',
    with: plain.extend({ delay: duration.prefault('2s').describe('How much later') }),
    problems: ({ kind, with: { delay } }, _, report) => nothing(kind, 'delay', delay, report),
  }),
  'service.status': ofService({
    docs: 'HTTP answers have another status.',
    with: plain.extend({ status: z.int().min(100).max(599).default(500).describe('Of HTTP') }),
    misfit: notHttp,
    fits: 'http or https',
  }),
  'service.body': ofService({
    docs: 'HTTP answers have another body.',
    with: plain.extend({ body: z.string().max(10_000).default('wrong').describe('Its text') }),
    misfit: notHttp,
    fits: 'http or https',
  }),
  'service.flap': ofService({
    docs: 'The service stops and starts again, over and over.',
    with: plain.extend({
      every: duration.prefault('1s').describe('Stopped for one half, started for the other'),
    }),
    problems: ({ kind, with: { every } }, _, report) => tooOften(kind, every, report),
  }),
  'tls.expired': ofService({
    docs: 'The certificate of an https service has expired.',
    with: plain,
    misfit: ({ protocol }) => (protocol === 'https' ? undefined : ' and has no certificate'),
    fits: 'https',
  }),
};

/** A fault of a service with what all of them share: the service is named, or is the first of the node. */
function ofService<W extends z.ZodObject>({
  misfit,
  fits = '',
  ...rest
}: Pick<FaultDefinition<W>, 'docs' | 'with' | 'problems'> & {
  /** Why a service cannot have the fault, after `speaks PROTOCOL`. */
  readonly misfit?: (service: Service, kind: string) => string | undefined;
  /** Protocols that can. */
  readonly fits?: string;
}): FaultDefinition<W, ServiceFault> {
  return define({
    ...rest,
    target: 'node',
    lack: ({ services }, request, { label }): Lack | undefined => {
      const wanted = serviceOf(request);
      const key = wanted === undefined ? 'fault' : 'service';
      const known = services.map((service) => service.name);
      const found = services.find((service) => service.name === (wanted ?? known[0]));
      if (found === undefined) {
        const has = known.length === 0 ? 'it has none' : `it has ${known.join(', ')}`;
        const hint = suggest(wanted, known, 'Add one to the node: services: { http: 80 }.');
        return problemAt(key, `${label} ${without(wanted)}: ${has}`, hint);
      }
      const why = misfit?.(found, request.kind);
      const message = `service "${found.name}" speaks ${found.protocol}${why}`;
      return why === undefined
        ? undefined
        : problemAt(key, message, `Name a service of protocol ${fits}.`);
    },
    resolve: (node, request, { topology }) => {
      const services = nodeNamed(topology, node)?.services ?? [];
      const wanted = serviceOf(request);
      const service = wanted ?? services[0]?.name;
      return service === undefined || !services.some((each) => each.name === service)
        ? `${node} ${without(service)}`
        : ({ kind: request.kind, node, ...request.with, service } as ServiceFault);
    },
  });
}

type Service = Node['services'][number];

function serviceOf(request: Pick<Request, 'with'>): string | undefined {
  return (request.with as z.output<typeof plain>).service;
}

function without(service: string | undefined): string {
  return `has no service${service === undefined ? '' : ` "${service}"`}`;
}

function notHttp({ protocol }: Service, kind: string): string | undefined {
  return protocol === 'http' || protocol === 'https' ? undefined : `, and ${kind} is for HTTP`;
}
