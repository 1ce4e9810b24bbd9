/**
 * Capabilities (capabilities(7)). Every call here changes the calling thread only; programs that it starts
 * afterwards inherit the change in all their threads.
 */
import { closeSync, openSync, readFileSync } from 'node:fs';
import { u32 } from './bytes.ts';
import { lastError, libc } from './libc.ts';

export const CAPABILITIES = {
  DAC_READ_SEARCH: 2,
  NET_BIND_SERVICE: 10,
  NET_ADMIN: 12,
  NET_RAW: 13,
  IPC_LOCK: 14,
  SYS_NICE: 23,
} as const;

export type Capability = keyof typeof CAPABILITIES;

/** Version 3, the calling thread. */
const HEADER = Buffer.concat([u32(0x20080522), u32(0)]);
const PR_CAPBSET_READ = 23;
const PR_CAPBSET_DROP = 24;
const PR_SET_NO_NEW_PRIVS = 38;
const PR_CAP_AMBIENT = 47;
const PR_CAP_AMBIENT_RAISE = 2;
const PR_CAP_AMBIENT_CLEAR_ALL = 4;

interface Sets {
  readonly effective: bigint;
  readonly permitted: bigint;
  readonly inheritable: bigint;
}

/**
 * Keeps these capabilities, if the thread has them, and drops all others for good: no program that it starts can
 * get them back. Returns what went wrong, or undefined.
 */
export function keepOnly(kept: readonly Capability[]): string | undefined {
  const { prctl } = libc();
  const mask = maskOf(kept);
  const last = Number(readFileSync('/proc/sys/kernel/cap_last_cap', 'utf8'));
  for (let capability = 0; capability <= last; capability++) {
    const isBound = prctl(PR_CAPBSET_READ, capability, 0, 0, 0) === 1;
    // Without SETPCAP the bounding set cannot shrink, but no_new_privs below prevents gaining from it.
    if (isBound && (mask & bit(capability)) === 0n) prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
  }
  const permitted = getSets().permitted & mask;
  // Programs of root get their capabilities at exec; other users need ambient capabilities.
  const inheritable = process.geteuid?.() === 0 ? 0n : permitted;
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  if (!setSets({ effective: permitted, permitted, inheritable }))
    return `capset: ${lastError().name}`;
  for (let capability = 0; capability <= last; capability++)
    if ((inheritable & bit(capability)) !== 0n)
      prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0);
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) === 0
    ? undefined
    : `no_new_privs: ${lastError().name}`;
}

/** The existing files that the thread could not read with these capabilities alone. */
export function unreadableWith(kept: readonly Capability[], files: readonly string[]): string[] {
  const before = getSets();
  setSets({ ...before, effective: before.permitted & maskOf(kept) });
  try {
    return files.filter((file) => !isReadable(file));
  } finally {
    setSets(before);
  }
}

export function hasCapability(name: Capability): boolean {
  return (getSets().effective & bit(CAPABILITIES[name])) !== 0n;
}

function isReadable(file: string): boolean {
  try {
    closeSync(openSync(file, 'r'));
    return true;
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'EACCES');
  }
}

function getSets(): Sets {
  const data = Buffer.alloc(24);
  libc().capget(HEADER, data);
  const whole = (at: number): bigint =>
    BigInt(data.readUInt32LE(at)) | (BigInt(data.readUInt32LE(at + 12)) << 32n);
  return { effective: whole(0), permitted: whole(4), inheritable: whole(8) };
}

function setSets({ effective, permitted, inheritable }: Sets): boolean {
  const data = Buffer.alloc(24);
  for (const [index, value] of [effective, permitted, inheritable].entries()) {
    data.writeUInt32LE(Number(value & 0xffffffffn), index * 4);
    data.writeUInt32LE(Number(value >> 32n), index * 4 + 12);
  }
  return libc().capset(HEADER, data) === 0;
}

function maskOf(kept: readonly Capability[]): bigint {
  return kept.reduce((mask, name) => mask | bit(CAPABILITIES[name]), 0n);
}

function bit(number: number): bigint {
  return 1n << BigInt(number);
}
