/**
 * The two native packages, loaded when first needed and nowhere else. Both are optional: a machine
 * without a compiler installs, validates and simulates; only what touches the kernel needs them.
 */
import { createRequire } from 'node:module';
import { HalabError, messageOf } from '../errors.ts';

const require = createRequire(import.meta.url);

export type Koffi = typeof import('koffi');

/** The part of raw-socket that is used; the package has no types. */
export interface RawSocketModule {
  createSocket(options: { protocol: number; addressFamily: number; bufferSize: number }): RawSocket;
  readonly AddressFamily: { readonly IPv4: number; readonly IPv6: number };
}

export interface RawSocket {
  /** Semi-private, but a synchronous sendto: the public `send` waits one turn of the loop per packet. */
  readonly wrap: {
    send(
      buffer: Uint8Array,
      offset: number,
      length: number,
      address: string,
      done: (bytes: number) => void,
    ): void;
  };
  setOption(level: number, option: number, value: Uint8Array, length: number): void;
  on(event: 'message', listener: (buffer: Buffer, source: string) => void): void;
  on(event: 'error', listener: (error: Error) => void): void;
  close(): void;
}

let koffi: Koffi | undefined;

/** Throws a HalabError (exit 4) with the remedy where it is not built. */
export function loadKoffi(): Koffi {
  koffi ??= load<Koffi>('koffi');
  return koffi;
}

export function loadRawSocket(): RawSocketModule {
  return load('raw-socket');
}

/** Where the packages are, of those that are installed. */
export function nativeFiles(): string[] {
  return ['koffi', 'raw-socket'].flatMap((name) => {
    try {
      return [require.resolve(name)];
    } catch {
      return [];
    }
  });
}

function load<T>(name: string): T {
  try {
    return require(name) as T;
  } catch (error) {
    throw new HalabError({
      code: 'HALAB_NATIVE',
      message: `the native package ${name} is not usable: ${messageOf(error).replace(/\s+/g, ' ').slice(0, 240)}`,
      hint: 'On Debian: apt-get install -y build-essential python3 && npm rebuild. Without it use --backend sim.',
      cause: error,
    });
  }
}
