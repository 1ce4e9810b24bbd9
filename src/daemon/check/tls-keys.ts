/** The contents of the files of `SSL { }`. The parent reads them, for the check child may lack the permission. */
import { readFileSync } from 'node:fs';
import type { TlsFiles } from '../../engine/core/config-check.ts';
import { messageOf } from '../../errors.ts';

/** PEM texts in place of the paths of `TlsFiles`. */
export interface TlsKeys extends TlsFiles {
  /** Why a file cannot be read: every TLS check fails with this reason. */
  readonly problem: string | undefined;
}

export function readTlsKeys(files: TlsFiles | undefined): TlsKeys | undefined {
  if (files === undefined) return undefined;
  const { ca, certificate, key, password } = files;
  const read = (path: string | undefined): string | undefined =>
    path === undefined ? undefined : readFileSync(path, 'utf8');
  try {
    const keys = { ca: read(ca), certificate: read(certificate), key: read(key) };
    return { ...keys, password, problem: undefined };
  } catch (error) {
    const none = { ca: undefined, certificate: undefined, key: undefined, password: undefined };
    return { ...none, problem: messageOf(error) };
  }
}
