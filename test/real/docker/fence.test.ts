import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import type Docker from 'dockerode';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { libc } from '../../../src/linux/libc.ts';
import type { LinkInfo } from '../../../src/linux/netlink-decode.ts';
import { openRouteSocket } from '../../../src/linux/route-socket.ts';
import { ip, ipToBytes, macToBytes } from '../../../src/net/address.ts';
import { elected } from '../../support/contract.ts';
import { type DockerRun, leftByUs, withLab } from '../../support/docker.ts';
import { PAIR_YAML, topologyOf } from '../../support/topology.ts';

/** In one file, because a node has no modules of halab. */
const SCRIPT = await bundled('test/fixtures/hostile-node.mjs');
const MARKER = 'halabhostile';
/** Another network of the host, with one neighbour. */
const OTHER = { network: '203.0.113.1/24', target: ip('203.0.113.9'), target6: ip('fd00:113::9') };
const OUTSIDE = ip('198.51.100.7');

async function bundled(input: string): Promise<string> {
  const bundle = await rolldown({ input, platform: 'node', external: ['koffi', 'raw-socket'] });
  const { output } = await bundle.generate({ format: 'esm', codeSplitting: false });
  return output[0].code;
}

/** The hooks of an interface that drop frames. */
const hooksOf = (name: string): string[] =>
  ['ingress', 'egress'].filter((hook) =>
    execFileSync('tc', ['filter', 'show', 'dev', name, hook], { encoding: 'utf8' }).includes('bpf'),
  );
const unfence = (name: string): void => {
  execFileSync('tc', ['qdisc', 'del', 'dev', name, 'clsact']);
};
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

beforeAll(() => {
  execFileSync('ip', ['link', 'add', 'hltest0', 'type', 'veth', 'peer', 'name', 'hltest1']);
  for (const name of ['hltest0', 'hltest1']) execFileSync('ip', ['link', 'set', name, 'up']);
  execFileSync('ip', ['addr', 'add', OTHER.network, 'dev', 'hltest0']);
  execFileSync('ip', ['-6', 'addr', 'add', 'fd00:113::1/64', 'dev', 'hltest0', 'nodad']);
});
afterAll(() => execFileSync('ip', ['link', 'del', 'hltest0']));

/** The results of the hostile node. */
interface Loot {
  /** Frames from it, or about it, on interfaces of the host outside the lab. */
  readonly outside: readonly string[];
  /** Contacts with services of the host. */
  readonly contacts: readonly string[];
  /** Frames that the host itself sent to the nodes. */
  readonly fromHost: readonly string[];
  readonly reached: { readonly connected: number; readonly resolved: number };
}

describe('a hostile node', () => {
  it('reaches neither the host nor another network with any frame; without the fence it does', async () => {
    await withLab(topologyOf(PAIR_YAML), async (run) => {
      await elected(run);
      const fenced = await attack(run);
      expect(fenced.outside).toEqual([]);
      expect(fenced.contacts).toEqual([]);
      expect(fenced.fromHost).toEqual([]);
      expect(fenced.reached).toEqual({ connected: 0, resolved: 0 });
      // The lab still works, and frames still pass between its ports.
      const before = run.timeline.of('advert').length;
      await run.until('adverts', () => run.timeline.of('advert').length > before + 10);
      expect(run.owners()).toEqual(['gw1']);

      // The bridge does not forward reserved groups: without port filters the host receives them.
      const { bridge, ports } = placesOf(run);
      const [port] = ports;
      if (port === undefined) throw new Error('the bridge has ports');
      expect(await asThePort(port)).toEqual([]);
      for (const { name } of ports) unfence(name);
      expect(await asThePort(port)).toHaveLength(1);
      expect((await attack(run)).contacts.join()).toContain(MARKER);

      // Without the fence the same attack is seen: the test can fail.
      unfence(bridge.name);
      const open = await attack(run);
      expect(open.contacts.map((entry) => entry.split(' ')[0])).toContain('udp');
      expect(open.outside.join()).toContain('hltest1');
      expect(open.fromHost.length).toBeGreaterThan(0);
    });
  });

  it('finds no address of the host on its segment, and the host creates none there', async () => {
    await withLab(topologyOf(PAIR_YAML), async (run) => {
      const { bridge, ports } = placesOf(run);
      for (const { ifindex } of [bridge, ...ports]) {
        const own = openRouteSocket()
          .listAddresses()
          .filter((address) => address.ifindex === ifindex);
        expect(own).toEqual([]);
      }
      expect(ports).toHaveLength(4);
    });
  });

  it('that was restarted is fenced, too', async () => {
    await withLab(topologyOf(PAIR_YAML), async (run) => {
      await elected(run);
      await run.strike('crash', { kind: 'node.kill', node: 'gw1' });
      await run.lab.heal('crash');
      // The kernel removes the port of the killed container when it has the time.
      await becomes(
        'the port of the killed container goes',
        () => placesOf(run).ports.length === 4,
      );
      const { bridge, ports } = placesOf(run);
      expect(ports.map(({ name }) => hooksOf(name))).toEqual(Array(4).fill(['ingress', 'egress']));
      expect(hooksOf(bridge.name)).toEqual(['ingress', 'egress']);
    });
  });
});

describe('the fence of a run', () => {
  it('lasts as long as its bridge, whichever process is killed', async () => {
    const args = ['run', 'scenarios/preempt-return.yaml', '--backend', 'docker', '--repeat', '1'];
    const runner = spawn(process.execPath, ['dist/bundle/main.cjs', ...args], { stdio: 'ignore' });
    const bridge = (): string | undefined =>
      openRouteSocket()
        .listLinks()
        .map(({ name }) => name)
        .find((name) => /^hl[0-9a-z]{8}0$/.test(name));
    await becomes('the fence', () => hooksOf(bridge() ?? 'lo').length === 2);
    execFileSync('docker', ['kill', 'halab-turn']);
    runner.kill('SIGKILL');
    await new Promise((resolve) => runner.once('exit', resolve));
    expect(hooksOf(bridge() ?? 'lo')).toEqual(['ingress', 'egress']);
    spawnSync(process.execPath, ['dist/bundle/main.cjs', 'clean'], { encoding: 'utf8' });
    expect(await leftByUs()).toEqual([]);
    expect(bridge()).toBeUndefined();
  });
});

function placesOf({ runId }: DockerRun) {
  const links = openRouteSocket().listLinks();
  const bridge = links.find(({ name }) => name === `hl${runId.slice(-8)}0`);
  if (bridge === undefined) throw new Error('the segment has a bridge');
  return { links, bridge, ports: links.filter((link) => link.masterIfindex === bridge.ifindex) };
}

async function attack(run: DockerRun): Promise<Loot> {
  const { links, bridge, ports } = placesOf(run);
  const own = new Set([bridge, ...ports].map(({ ifindex }) => ifindex));
  const listening = await listen();
  const addresses = openRouteSocket()
    .listAddresses()
    .map(({ address }) => address);
  const hosts = addresses.filter(
    (address) => !address.includes(':') && !address.startsWith('127.'),
  );
  const hosts6 = addresses.filter((address) => address.includes(':') && address !== '::1');
  const spec = {
    bridge: bridge.mac,
    port: listening.port,
    marker: MARKER,
    hosts,
    hosts6: [...new Set(hosts6)],
    outside: [OTHER.target, OUTSIDE],
    outside6: [OTHER.target6],
  };
  const container = await containerOf(run, 'idle');
  const { NetworkSettings } = await container.inspect();
  const mac = Object.values(NetworkSettings.Networks)[0]?.MacAddress ?? '';
  const needles = [
    Buffer.from(MARKER),
    Buffer.from(macToBytes(mac as never)),
    ...[OTHER.target, OUTSIDE, OTHER.target6].map((address) => Buffer.from(ipToBytes(address))),
  ];
  const ofTheNode = (frame: Buffer): boolean => needles.some((needle) => frame.includes(needle));
  const watching = links
    .filter(({ ifindex }) => !own.has(ifindex))
    .map((link) => watch(link, ofTheNode));
  const hostMacs = [bridge, ...ports].map((link) => Buffer.from(macToBytes(link.mac)));
  const ofTheHost = (frame: Buffer): boolean =>
    hostMacs.some((mac) => mac.equals(frame.subarray(6, 12)));
  const toNodes = ports.map((link) => watch(link, ofTheHost));
  try {
    const inPackage = ['env', '-C', '/opt/halab'];
    const command = [
      ...inPackage,
      ...['node', '--input-type=module', '-e', SCRIPT, JSON.stringify(spec)],
    ];
    const text = await execIn(container, command);
    if (!text.startsWith('{')) throw new Error(text);
    const reached = JSON.parse(text) as Loot['reached'];
    await sleep(200);
    const fromHost = toNodes.flatMap((end) => end());
    return {
      outside: watching.flatMap((end) => end()),
      contacts: listening.end(),
      fromHost,
      reached,
    };
  } finally {
    for (const end of [...watching, ...toNodes]) end();
    listening.end();
  }
}

/** The host sends a frame to a node from the port, as before the port joins the bridge. */
async function asThePort(port: Link): Promise<string[]> {
  const { send, close } = libc();
  const end = watch(port, (frame) => frame.includes(MARKER));
  const fd = packetSocket(port);
  const head = [...[0x33, 0x33, 0, 0, 0, 0x16], ...macToBytes(port.mac), 0x88, 0xb5];
  const frame = Buffer.concat([Buffer.from(head), Buffer.from(MARKER)]);
  send(fd, frame, frame.length, 0);
  close(fd);
  await sleep(100);
  return end();
}

type Link = Pick<LinkInfo, 'name' | 'ifindex' | 'mac'>;

function packetSocket({ name, ifindex }: Link): number {
  const { socket, bind } = libc();
  const fd = socket(17, 3 | 0o4000, 0);
  const address = Buffer.alloc(20);
  address.writeUInt16LE(17, 0);
  address.writeUInt16BE(3, 2);
  address.writeInt32LE(ifindex, 4);
  if (bind(fd, address, address.length) < 0) throw new Error(`no capture on ${name}`);
  return fd;
}

/** Every matching frame of an interface, in and out. */
function watch(link: Link, wanted: (frame: Buffer) => boolean): () => string[] {
  const { recv, close } = libc();
  const { name } = link;
  const fd = packetSocket(link);
  const buffer = Buffer.alloc(65_536);
  const found: string[] = [];
  const drain = (): void => {
    for (;;) {
      const length = Number(recv(fd, buffer, buffer.length, 0));
      if (length <= 0) return;
      const frame = buffer.subarray(0, length);
      if (wanted(frame)) found.push(`${name} ${frame.subarray(0, 80).toString('hex')}`);
    }
  };
  const timer = setInterval(drain, 5);
  let open = true;
  return () => {
    if (open) {
      drain();
      clearInterval(timer);
      close(fd);
    }
    open = false;
    return found;
  };
}

/** TCP and UDP of both families on every address of the host. */
async function listen(): Promise<{ port: number; end: () => string[] }> {
  const contacts: string[] = [];
  const tcp = createServer((socket) => {
    contacts.push(`tcp ${socket.remoteAddress}`);
    socket.destroy();
  });
  await new Promise<void>((resolve) => tcp.listen(0, '::', resolve));
  const { port } = tcp.address() as { port: number };
  const udp = (['udp4', 'udp6'] as const).map((type) => {
    const socket = createSocket({ type, ipv6Only: type === 'udp6' });
    socket.on('message', (text, { address }) => contacts.push(`udp ${address} ${text}`));
    return socket;
  });
  await Promise.all(udp.map((socket) => new Promise<void>((done) => socket.bind(port, done))));
  let open = true;
  const end = (): string[] => {
    if (open) for (const socket of [tcp, ...udp]) socket.close();
    open = false;
    return contacts;
  };
  return { port, end };
}

async function containerOf(run: DockerRun, node: string): Promise<Docker.Container> {
  const label = [`halab.run=${run.runId}`, `halab.node=${node}`];
  const [found] = await run.docker.listContainers({ filters: { label } });
  return run.docker.getContainer(found?.Id ?? '');
}

async function execIn(container: Docker.Container, command: string[]): Promise<string> {
  const exec = await container.exec({
    Cmd: command,
    AttachStdout: true,
    AttachStderr: true,
    Tty: true,
  });
  const stream = await exec.start({ Tty: true });
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text.trim();
}

async function becomes(what: string, condition: () => boolean): Promise<void> {
  const limit = Date.now() + 40_000;
  while (!condition()) {
    if (Date.now() > limit) throw new Error(`${what}: not in time`);
    await sleep(50);
  }
}
