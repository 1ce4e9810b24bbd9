/** A folder like a user's: the shipped scenarios and topologies, and the files that a page shows. */
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parse, stringify } from 'yaml';
import { elfFile } from '../support/elf.ts';
import { BLOCKS, type Block } from './pages.ts';
import { ROOT } from './sections.ts';

/** Files of the user that the pages assume. */
const OWN_FILES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'README.md': {
    'lb1/keepalived.conf': keepalivedConf('VI_WEB', 150),
    'lb2/keepalived.conf': keepalivedConf('VI_WEB', 100),
  },
};

export function keepalivedConf(instance: string, priority: number): string {
  return `vrrp_instance ${instance} {
    state BACKUP
    interface eth0
    virtual_router_id 51
    priority ${priority}
    advert_int 1
    virtual_ipaddress {
        192.0.2.100/24
    }
}
`;
}

/** The folder, with every file that the page shows, and a program that can be run. */
export function projectOf(page: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'halab-docs-'));
  mkdirSync(join(folder, '.git'));
  for (const name of ['scenarios', 'topologies'])
    cpSync(join(ROOT, name), join(folder, name), { recursive: true });
  for (const [file, text] of Object.entries(OWN_FILES[page] ?? {})) write(folder, file, text);
  write(folder, 'topologies/build/keepalived', elfFile({}));
  chmodSync(join(folder, 'topologies/build/keepalived'), 0o755);
  for (const block of BLOCKS.filter((block) => block.page === page))
    for (const file of filesOf(block)) write(folder, file, block.text);
  return folder;
}

/** Files that contain the block. */
export function filesOf({ language, words }: Block): readonly string[] {
  return ['yaml', 'conf'].includes(language) && words[0] !== 'in' ? words : [];
}

/** A scenario with the block: the block itself, merged into a shipped file, or with a step that waits. */
export function scenarioOf(block: Block, folder: string): string {
  const [first = '', frame = ''] = block.words;
  const text = first === 'in' ? merged(block, frame) : block.text;
  const file = first === 'in' ? frame.replace('.yaml', `-${block.line}.yaml`) : first;
  write(folder, file, text);
  if (Object.hasOwn(parse(text) as object, 'steps')) return join(folder, file);
  const scenario = {
    version: 1,
    name: 'waits',
    topology: file,
    steps: [{ name: 'Wait', wait: '1s' }],
  };
  write(folder, 'waits.yaml', stringify(scenario));
  return join(folder, 'waits.yaml');
}

function merged({ text }: Block, frame: string): string {
  return stringify(merge(parse(readFileSync(join(ROOT, frame), 'utf8')), parse(text)));
}

/** Maps are merged, everything else is replaced. */
function merge(base: unknown, fragment: unknown): unknown {
  if (!isMap(base) || !isMap(fragment)) return fragment;
  const keys = Object.keys(fragment).map((key) => [key, merge(base[key], fragment[key])]);
  return { ...base, ...Object.fromEntries(keys) };
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function write(folder: string, file: string, text: string | Buffer): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), text);
}
