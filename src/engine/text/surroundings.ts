/** What a configuration file may read from its machine; the engine itself has no access. */
export interface Surroundings {
  /** keepalived `-i`, for `@id` lines [the host's name up to its first dot]. */
  readonly configId: string;
  readonly read: (path: string) => string | { readonly error: string };
  /** Files that match a pattern with `*`, `?`, `[...]` and `{a,b}`; relative ones start at `folder`. */
  readonly glob: (pattern: string, folder: string) => readonly string[];
  readonly folderOf: (file: string) => string;
  readonly env: (name: string) => string | undefined;
  /** Whether others than its owner may read a key file. */
  readonly readableByOthers: (path: string) => boolean;
}

export const NO_SURROUNDINGS: Surroundings = {
  configId: '',
  read: () => ({ error: 'there are no files here' }),
  glob: () => [],
  folderOf: (file) => file.slice(0, Math.max(0, file.lastIndexOf('/'))),
  env: () => undefined,
  readableByOthers: () => false,
};
