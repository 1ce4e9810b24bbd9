/** nftables through its own library: a transaction without a process of its own costs about a millisecond. */
import { loadKoffi } from './native.ts';

export type Nftables = NonNullable<ReturnType<typeof openNftables>>;

let shared: { readonly nft: Nftables | undefined } | undefined;

/** Opened with its first use and never closed. */
export function nftables(): Nftables | undefined {
  shared ??= { nft: openNftables() };
  return shared.nft;
}

/** undefined: this machine has no libnftables. */
export function openNftables() {
  const library = loadLibrary();
  if (library === undefined) return undefined;
  const create = library.func('void *nft_ctx_new(uint32_t)');
  const free = library.func('void nft_ctx_free(void *)');
  const bufferOutput = library.func('int nft_ctx_buffer_output(void *)');
  const bufferError = library.func('int nft_ctx_buffer_error(void *)');
  const output = library.func('const char *nft_ctx_get_output_buffer(void *)');
  const problem = library.func('const char *nft_ctx_get_error_buffer(void *)');
  const runBuffer = library.func('int nft_run_cmd_from_buffer(void *, const char *)');
  const context: unknown = create(0);
  bufferOutput(context);
  bufferError(context);
  const perform = (commands: string): { failed: boolean; printed: string; said: string } => {
    const failed = (runBuffer(context, commands) as number) !== 0;
    // Reading them empties them.
    const printed = (output(context) as string | null) ?? '';
    const said = (problem(context) as string | null) ?? '';
    return { failed, printed, said };
  };
  return {
    /** One transaction; undefined on success, otherwise the error of nft. */
    run: (commands: string): string | undefined => {
      const { failed, said } = perform(commands);
      return failed ? (said.trim().split('\n')[0] ?? '') || 'nft refused' : undefined;
    },
    /** The output of a list command; undefined: no such object. */
    list: (what: string): string | undefined => {
      const { failed, printed } = perform(`list ${what}\n`);
      return failed ? undefined : printed;
    },
    close: () => void free(context),
  };
}

function loadLibrary(): ReturnType<ReturnType<typeof loadKoffi>['load']> | undefined {
  const koffi = loadKoffi();
  try {
    return koffi.load('libnftables.so.1');
  } catch {
    return undefined;
  }
}
