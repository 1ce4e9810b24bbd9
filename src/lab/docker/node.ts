/**
 * A container with its agent: created with the least capabilities, attached before it starts so that no output is lost,
 * and driven over its standard input and output.
 */
import { type Duplex, PassThrough } from 'node:stream';
import type Docker from 'dockerode';
import { messageOf } from '../../errors.ts';
import type { IpAddress } from '../../net/address.ts';
import { type AgentLink, type AgentLinkOptions, agentLink } from './agent-link.ts';
import { isMissing } from './clean.ts';
import { labelsOf } from './labels.ts';

export interface ContainerSpec {
  readonly runId: string;
  readonly name: string;
  readonly image: string;
  /** Docker networks with the address Docker gives it there [none: the host's own network]. */
  readonly networks?: readonly { readonly network: string; readonly address: IpAddress }[];
  readonly capabilities: readonly string[];
  /** Labels in addition to those of every container of a run. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Whether Docker removes it when it ends [false]. */
  readonly autoRemove?: boolean;
  /** In addition to those of every node; only for a container with its own networks. */
  readonly sysctls?: Readonly<Record<string, string>>;
  /** What its agent reports [nothing]. */
  readonly onMessage?: AgentLinkOptions['onMessage'];
  /** Called when the container has ended for any reason. */
  readonly onEnd?: (() => void) | undefined;
}

const MEMORY_BYTES = 512 << 20;
const MOST_PROCESSES = 128;

/**
 * Nodes serve on any port without a capability, may bind to addresses that they do not hold, and take no address or route
 * from Router Advertisements, which FRR's Active sends.
 */
const SYSCTLS = {
  'net.ipv4.ip_unprivileged_port_start': '0',
  'net.ipv4.ip_nonlocal_bind': '1',
  'net.ipv6.ip_nonlocal_bind': '1',
  'net.ipv6.conf.all.disable_ipv6': '0',
  'net.ipv6.conf.default.disable_ipv6': '0',
  'net.ipv6.conf.all.accept_ra': '0',
  'net.ipv6.conf.default.accept_ra': '0',
};

export type DockerNode = Awaited<ReturnType<typeof createNode>>;

export async function createNode(docker: Docker, spec: ContainerSpec) {
  const { name, onMessage = () => {}, onEnd } = spec;
  const container = await createContainer(docker, spec);
  let current: AgentLink | undefined;
  let stream: Duplex | undefined;
  let removed = false;
  /** Docker ends the stream with the container unless the container never ran; an open stream keeps our process alive. */
  const hangUp = (): void => {
    stream?.destroy();
    stream = undefined;
  };
  return {
    /** Unpacks a tar stream at the root of the container, which need not run yet. */
    bring: (files: NodeJS.ReadableStream) => container.putArchive(files, { path: '/' }),

    /** Starts the container, also after a power-off; resolves when the agent is ready. */
    start: async (): Promise<void> => {
      const attached = (await container.attach({
        stream: true,
        hijack: true,
        stdin: true,
        stdout: true,
        stderr: true,
      })) as Duplex;
      stream = attached;
      if (removed) hangUp();
      const link = agentLink({ name, write: (line) => void attached.write(line), onMessage });
      const output = new PassThrough();
      const complaints = new PassThrough();
      let complaint = '';
      output.setEncoding('utf8').on('data', link.receive);
      complaints.setEncoding('utf8').on('data', (text: string) => {
        complaint = (complaint + text).slice(-2_000);
      });
      docker.modem.demuxStream(attached, output, complaints);
      const end = (): void => {
        if (link.ended()) return;
        link.end();
        onEnd?.();
      };
      attached.on('end', end).on('close', end).on('error', end);
      current = link;
      await container.start();
      await link.hello.catch((error: unknown) => {
        throw new Error(`${messageOf(error)}${complaint === '' ? '' : `: ${complaint.trim()}`}`);
      });
    },

    link: (): AgentLink => {
      if (current === undefined) throw new Error(`${name} has not been started`);
      return current;
    },

    running: () => current?.ended() === false,

    /** False: another container has the name. */
    rename: (wanted: string): Promise<boolean> =>
      container.rename({ name: wanted }).then(() => true, passMissing),

    /** Resolves when Docker has noticed its end. */
    ended: () => container.wait(),

    remove: async (): Promise<void> => {
      removed = true;
      await container.remove({ force: true, v: true }).catch(passMissing);
      hangUp();
    },
  };
}

/** Throws an error again unless it means that the container is gone, or that another one has the name. */
function passMissing(error: unknown): false {
  if (isMissing(error)) return false;
  throw error;
}

async function createContainer(docker: Docker, spec: ContainerSpec): Promise<Docker.Container> {
  const [first, ...others] = spec.networks ?? [];
  const container = await docker.createContainer({
    name: `halab-${spec.runId}-${spec.name}`,
    Image: spec.image,
    Hostname: spec.name,
    Labels: { ...labelsOf(spec.runId, { 'halab.node': spec.name, ...spec.labels }) },
    OpenStdin: true,
    StdinOnce: true,
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    Tty: false,
    HostConfig: {
      NetworkMode: first?.network ?? 'host',
      CapDrop: ['ALL'],
      CapAdd: [...spec.capabilities],
      SecurityOpt: ['no-new-privileges'],
      AutoRemove: spec.autoRemove ?? false,
      LogConfig: { Type: 'none', Config: {} },
      Memory: MEMORY_BYTES,
      PidsLimit: MOST_PROCESSES,
      // Name queries stay in the node, without a resolver, and never reach the host's servers.
      ...(first && { Dns: ['127.0.0.1'], Sysctls: { ...SYSCTLS, ...spec.sysctls } }),
    },
    ...(first && {
      NetworkingConfig: { EndpointsConfig: { [first.network]: endpoint(first.address) } },
    }),
  });
  for (const { network, address } of others)
    await docker
      .getNetwork(network)
      .connect({ Container: container.id, EndpointConfig: endpoint(address) });
  return container;
}

function endpoint(address: IpAddress): Docker.EndpointSettings {
  return { IPAMConfig: { IPv4Address: address } } as Docker.EndpointSettings;
}
