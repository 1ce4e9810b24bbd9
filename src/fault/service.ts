/** Faults of the services that answer on a node. */
import * as z from 'zod';
import type { Micros } from '../time.ts';
import { named } from '../topology/topology.ts';
import { duration, name } from '../topology/yaml/scalars.ts';
import { type FaultData, nothing, tooOften } from './definition.ts';
import { type AboutFault, ofNamed } from './named.ts';

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

const HTTP = ['http', 'https'];

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
    fits: HTTP,
  }),
  'service.body': ofService({
    docs: 'HTTP answers have another body.',
    with: plain.extend({ body: z.string().max(10_000).default('wrong').describe('Its text') }),
    fits: HTTP,
  }),
  'service.flap': ofService({
    docs: 'The service stops and starts repeatedly.',
    with: plain.extend({
      every: duration.prefault('1s').describe('Stopped for one half, started for the other'),
    }),
    problems: ({ kind, with: { every } }, _, report) => tooOften(kind, every, report),
  }),
  'tls.expired': ofService({
    docs: 'The certificate of an https service has expired.',
    with: plain,
    fits: ['https'],
  }),
};

/** `fits`: protocols of the services that can have it [all]. */
function ofService<W extends z.ZodObject>({
  fits,
  ...about
}: AboutFault<W> & { readonly fits?: readonly string[] }) {
  return ofNamed<W, ServiceFault>('service', about, {
    lacks: 'has no service',
    namesOn: ({ nodes }, node) =>
      (named(nodes, node)?.services ?? []).map((service) => service.name),
    why: ({ known }) => `: it has ${known.join(', ') || 'none'}`,
    add: 'Add one to the node: services: { http: 80 }.',
    misfit: ({ services }, found, kind) => {
      const protocol = named(services, found)?.protocol ?? '';
      if (fits === undefined || fits.includes(protocol)) return undefined;
      const why = kind === 'tls.expired' ? ' and has no certificate' : `, and ${kind} is for HTTP`;
      return [
        `service "${found}" speaks ${protocol}${why}`,
        `Name a service of protocol ${fits.join(' or ')}.`,
      ];
    },
  });
}
