/** Users and groups of this machine, as /etc/passwd and /etc/group name them. */
import { readFileSync } from 'node:fs';

export function account(name: string): { uid: number; gid: number } | undefined {
  const fields = entry('/etc/passwd', name);
  return fields && { uid: Number(fields[2]), gid: Number(fields[3]) };
}

export function group(name: string): number | undefined {
  const fields = entry('/etc/group', name);
  return fields && Number(fields[2]);
}

function entry(file: string, name: string): readonly string[] | undefined {
  try {
    const line = readFileSync(file, 'utf8')
      .split('\n')
      .find((text) => text.startsWith(`${name}:`));
    return line?.split(':');
  } catch {
    return undefined;
  }
}
