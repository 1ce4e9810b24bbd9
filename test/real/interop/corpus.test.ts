/**
 * Configurations of every style, compared with keepalived: whether it runs with them, the exit code of its
 * test, and every value of its dump. Of virtual servers only the exit codes:
 * keepalived's checker needs a kernel with IPVS before it dumps anything.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DaemonConfig } from '../../../src/engine/core/config.ts';
import {
  compared,
  type Sections,
  sectionsOf,
  sectionsOfConfig,
} from '../../support/keepalived-dump.ts';
import { Network, pause, ROOT } from '../../support/netns.ts';

const CORPUS = join(ROOT, 'test/real/interop/corpus');
const CONFIG_ID = 'main';
const FILES = readdirSync(CORPUS, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.conf'))
  .sort();
const LINKS = { eth0: '192.168.10.11/24', eth1: '10.20.0.11/24', bond0: '172.20.0.11/16' };
/** Each has its own network, so that leftovers of keepalived do not affect the others. */
const HOSTS = ['h0', 'h1', 'h2', 'h3'];

const ENDS_ITSELF = 'keepalived -t ends itself where a script has another user';
const NEEDS_IPVS = 'keepalived needs IPVS in the kernel';
const WAITS = 'halabd waits for an interface that is not there';

/** Files with another outcome than in keepalived, with the reason. */
const OTHER_CLASS: Readonly<Record<string, string>> = {
  'includes/missing-file-that-must-be-readable.conf': 'for halabd a missing file is an error',
  'notify/with-users.conf': ENDS_ITSELF,
  'scripts/init-fail.conf': ENDS_ITSELF,
  'scripts/quote-not-closed.conf': 'keepalived crashes',
  'servers/http-check-without-url.conf': 'keepalived crashes',
  'servers/misc-check.conf': ENDS_ITSELF,
  'trackers/files-with-odd-weights.conf': 'keepalived never ends: a track_file has no file',
};
/** Files with the same outcome but another exit code, with the reason. */
const OTHER_CODE: Readonly<Record<string, string>> = {
  'newer/hmac.conf': 'keepalived 2.4 has it, and halabd',
  'unicast/no-interface.conf': 'halabd needs no interface for unicast',
};
/** keepalived writes no dump for these files; halabd runs. */
const NO_DUMP: Readonly<Record<string, string>> = {
  'newer/hmac.conf': 'keepalived 2.4 has it, and halabd',
  'old/sync-daemon-of-the-instance.conf': NEEDS_IPVS,
  'pairs/missing-interface.conf': WAITS,
  'routing/bad-routes.conf': WAITS,
  'routing/static-on-a-missing-link.conf': WAITS,
  'servers/mail-words.conf': NEEDS_IPVS,
  'trackers/missing-interface.conf': WAITS,
  'unicast/no-interface.conf': 'halabd needs no interface for unicast',
};

interface Own {
  readonly code: number;
  readonly config?: DaemonConfig;
}

const runs = (code: number | null | undefined): boolean => code === 0 || code === 5 || code === 6;

describe('the corpus of configurations', () => {
  let net: Network;
  let own: Readonly<Record<string, Own>>;
  const codes = new Map<string, number | null>();
  const dumps = new Map<string, Sections>();

  beforeAll(async () => {
    net = new Network('corp');
    for (const host of HOSTS) prepare(net, host);
    own = readByHalabd(net);
    const left = [...FILES];
    await Promise.all(
      HOSTS.map(async (host) => {
        for (let name = left.shift(); name !== undefined; name = left.shift()) {
          const file = join(CORPUS, name);
          const code = await tested(net, host, name);
          codes.set(name, code);
          if (
            runs(code) &&
            own[file]?.config !== undefined &&
            own[file].config.instances.length > 0
          )
            dumps.set(name, await dumpOf(net, host, name));
        }
      }),
    );
  }, 600_000);
  afterAll(() => net.close());

  it('has more than 210 files', () => {
    expect(FILES.length).toBeGreaterThan(210);
    expect(readFileSync(join(CORPUS, 'layout/carriage-returns.conf'), 'utf8')).toContain('\r\n');
  });

  const codesOf = (name: string) => [codes.get(name), own[join(CORPUS, name)]?.code] as const;

  it('is accepted or refused as in keepalived', () => {
    const other = FILES.filter((name) => {
      const [its, ours] = codesOf(name);
      return runs(its) !== runs(ours);
    });
    expect(other.map((name) => `${name}: ${codesOf(name)}`)).toEqual(
      Object.keys(OTHER_CLASS).map((name) => `${name}: ${codesOf(name)}`),
    );
  });

  it('has the exit code of keepalived -t', () => {
    const other = FILES.filter((name) => {
      const [its, ours] = codesOf(name);
      return runs(its) && runs(ours) && its !== ours;
    });
    console.log(`${FILES.length} files, ${FILES.length - other.length} of them with the same code`);
    console.log(exitClasses(FILES.map(codesOf)));
    expect(other.map((name) => `${name}: ${codesOf(name)}`)).toEqual(
      Object.keys(OTHER_CODE).map((name) => `${name}: ${codesOf(name)}`),
    );
  });

  it('gives the same values in keepalived and halabd', () => {
    let values = 0;
    const differing: string[] = [];
    const without: string[] = [];
    for (const [name, dump] of dumps) {
      const { config } = own[join(CORPUS, name)] ?? {};
      const hasDump = hasInstance(dump);
      if (!hasDump) without.push(name);
      if (config === undefined || !hasDump) continue;
      const found = compared(dump, sectionsOfConfig(config));
      values += found.values;
      differing.push(...found.differing.map((difference) => `${name}: ${difference}`));
    }
    const equal = 100 * (1 - differing.length / values);
    const percent = `${equal.toFixed(2)} % equal`;
    const files = dumps.size - without.length;
    console.log(`${files} dumps, ${values} values, ${percent}\n${differing.join('\n')}`);
    expect(without.sort()).toEqual(Object.keys(NO_DUMP));
    expect(values).toBeGreaterThan(5_000);
    expect(equal).toBeGreaterThanOrEqual(99.5);
  });

  it.each(FILES.filter((_, i) => i % Math.ceil(FILES.length / 15) === 0))(
    'gets its exit code from halabd -t: %s',
    (name) => {
      const file = join(CORPUS, name);
      const argv = [join(ROOT, 'dist/halabd.js'), '-t', '-f', file, '-i', CONFIG_ID];
      const { status } = net.ask('h0', process.execPath, ...argv);
      expect(status).toBe(own[file]?.code);
    },
  );
});

/** The number of files for each pair of exit codes; keepalived has none if a signal or the time limit ends it. */
function exitClasses(codes: readonly (readonly [number | null | undefined, number | undefined])[]) {
  const counts = new Map<string, number>();
  for (const [its, ours] of codes) {
    const pair = `keepalived ${its ?? 'ended'}, halabd ${ours}`;
    counts.set(pair, (counts.get(pair) ?? 0) + 1);
  }
  const sorted = [...counts].sort(([, a], [, b]) => b - a);
  return sorted.map(([pair, count]) => `${pair}: ${count}`).join('\n');
}

function prepare(net: Network, host: string): void {
  net.host(host);
  const links = [...Object.keys(LINKS), 'eth0.10'].map(
    (name, i) =>
      `ip link add ${name} type veth peer name peer${i}\nip link set ${name} up\nip link set peer${i} up`,
  );
  const addresses = Object.entries(LINKS).map(
    ([name, address]) => `ip addr add ${address} dev ${name}`,
  );
  const six = ['ip addr add fd00:10::11/64 dev eth0 nodad'];
  const { status, output } = net.ask(
    host,
    'sh',
    '-ec',
    [...links, ...addresses, ...six].join('\n'),
  );
  if (status !== 0) throw new Error(output);
}

/**
 * keepalived -t: its code, null where a signal ended it. On some files it never ends;
 * and with a long path and many findings it aborts, so the path is short.
 */
function tested(net: Network, host: string, name: string): Promise<number | null> {
  const args = ['-t', '-f', name, '-i', CONFIG_ID];
  return net.run(host, 'timeout', '5', 'env', '-C', CORPUS, 'keepalived', ...args).exit;
}

/** One process per network with the interfaces. */
function readByHalabd(net: Network): Readonly<Record<string, Own>> {
  const script = join(ROOT, 'test/fixtures/read-configs.mjs');
  const output = join(net.folder, 'own.json');
  const files = FILES.map((name) => join(CORPUS, name));
  const run = net.ask('h0', process.execPath, script, output, CONFIG_ID, ...files);
  if (run.status !== 0) throw new Error(run.output);
  const read: Readonly<Record<string, Own>> = JSON.parse(readFileSync(output, 'utf8'));
  return read;
}

/** keepalived sometimes ends before its dump: then it is started again. */
async function dumpOf(net: Network, host: string, name: string): Promise<Sections> {
  const first = sectionsOf(await dumped(net, host, name));
  return hasInstance(first) ? first : sectionsOf(await dumped(net, host, name));
}

function hasInstance(sections: Sections): boolean {
  return Object.keys(sections).some((key) => key.startsWith('instance '));
}

/** Starts keepalived until its dump is complete; the interfaces come last. */
async function dumped(net: Network, host: string, name: string): Promise<string> {
  const id = name.replaceAll('/', '-');
  const pids = ['-p', join(net.folder, `${id}.pid`), '-r', join(net.folder, `${id}.vrrp.pid`)];
  const args = ['-P', '-n', '-l', '-d', '-G', '-i', CONFIG_ID, ...pids, '-f', name];
  const { child, output, exit } = net.run(host, 'env', '-C', CORPUS, 'keepalived', ...args);
  let ended = false;
  void exit.then(() => (ended = true));
  for (let i = 0; i < 150 && !ended && !output().includes('-< Interfaces >-'); i++) await pause(20);
  // Its children end with it.
  child.kill('SIGKILL');
  await exit;
  return output();
}
