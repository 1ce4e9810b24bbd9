/**
 * A container with its agent: created with the least capabilities, attached before it starts so that no output is lost,
 * and driven over its standard input and output.
 */
import { type Duplex, PassThrough } from 'node:stream';
import type Docker from 'dockerode';
import type { AgentMessage } from '../../agent/protocol.ts';
import { messageOf } from '../../errors.ts';
import type { IpAddress } from '../../net/address.ts';
import { AgentLink } from './agent-link.ts';
import { isMissing } from './clean.ts';
import { labelsOf } from './labels.ts';

export interface ContainerSpec {
  readonly runId: string;
  readonly name: string;
  readonly image: string;
  /** Docker networks with the address Docker gives it there; none: the host's own network. */
  readonly networks: readonly { readonly network: string; readonly address: IpAddress }[];
  readonly capabilities: readonly string[];
  /** Labels in addition to those of every container of a run. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Whether Docker removes it when it ends [false]. */
  readonly autoRemove?: boolean;
  /** In addition to those of every node; only for a container with its own networks. */
  readonly sysctls: Readonly<Record<string, string>>;
  readonly onMessage: (message: Extract<AgentMessage, { kind: 'event' | 'frame' }>) => void;
  /** Called when the container has ended, whatever the reason. */
  readonly onEnd: () => void;
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

export class DockerNode {
  readonly name: string;
  private readonly spec: ContainerSpec;
  private readonly container: Docker.Container;
  private readonly docker: Docker;
  private current: AgentLink | undefined;
  private stream: Duplex | undefined;
  private removed = false;

  private constructor(docker: Docker, container: Docker.Container, spec: ContainerSpec) {
    this.docker = docker;
    this.container = container;
    this.spec = spec;
    this.name = spec.name;
  }

  static async create(docker: Docker, spec: ContainerSpec): Promise<DockerNode> {
    const [first, ...others] = spec.networks;
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
        // Name queries stay in the node, without a resolver, and never reach the host's servers.
        ...(first === undefined ? {} : { Dns: ['127.0.0.1'] }),
        LogConfig: { Type: 'none', Config: {} },
        Memory: MEMORY_BYTES,
        PidsLimit: MOST_PROCESSES,
        ...(first === undefined ? {} : { Sysctls: { ...SYSCTLS, ...spec.sysctls } }),
      },
      ...(first === undefined
        ? {}
        : { NetworkingConfig: { EndpointsConfig: { [first.network]: endpoint(first.address) } } }),
    });
    for (const { network, address } of others) {
      await docker
        .getNetwork(network)
        .connect({ Container: container.id, EndpointConfig: endpoint(address) });
    }
    return new DockerNode(docker, container, spec);
  }

  /** Unpacks a tar stream at the root of the container, which need not run yet. */
  async bring(files: NodeJS.ReadableStream): Promise<void> {
    await this.container.putArchive(files, { path: '/' });
  }

  /** Starts the container, also after a power-off; resolves when the agent is ready. */
  async start(): Promise<void> {
    const stream = (await this.container.attach({
      stream: true,
      hijack: true,
      stdin: true,
      stdout: true,
      stderr: true,
    })) as Duplex;
    this.stream = stream;
    if (this.removed) this.hangUp();
    const link = new AgentLink({
      name: this.name,
      write: (line) => void stream.write(line),
      onMessage: this.spec.onMessage,
    });
    const output = new PassThrough();
    const complaints = new PassThrough();
    let complaint = '';
    output.setEncoding('utf8').on('data', (text: string) => link.receive(text));
    complaints.setEncoding('utf8').on('data', (text: string) => {
      complaint = (complaint + text).slice(-2_000);
    });
    this.docker.modem.demuxStream(stream, output, complaints);
    const end = (): void => {
      if (link.ended()) return;
      link.end();
      this.spec.onEnd();
    };
    stream.on('end', end).on('close', end).on('error', end);
    this.current = link;
    await this.container.start();
    await link.hello.catch((error: unknown) => {
      throw new Error(`${messageOf(error)}${complaint === '' ? '' : `: ${complaint.trim()}`}`);
    });
  }

  link(): AgentLink {
    if (this.current === undefined) throw new Error(`${this.name} has not been started`);
    return this.current;
  }

  running(): boolean {
    return this.current !== undefined && !this.current.ended();
  }

  /** False: another container has the name. */
  async rename(name: string): Promise<boolean> {
    try {
      await this.container.rename({ name });
      return true;
    } catch (error) {
      if (isMissing(error)) return false;
      throw error;
    }
  }

  /** Resolves when Docker has noticed its end. */
  async ended(): Promise<void> {
    await this.container.wait();
  }

  async remove(): Promise<void> {
    this.removed = true;
    await this.container.remove({ force: true, v: true }).catch((error: unknown) => {
      if (!isMissing(error)) throw error;
    });
    this.hangUp();
  }

  /** Docker ends the stream with the container unless the container never ran; an open stream keeps our process alive. */
  private hangUp(): void {
    this.stream?.destroy();
    this.stream = undefined;
  }
}

function endpoint(address: IpAddress): Docker.EndpointSettings {
  return { IPAMConfig: { IPv4Address: address } } as Docker.EndpointSettings;
}
