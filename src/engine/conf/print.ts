/** A configuration as keepalived.conf text, every default written out: parse(print(c)) = c. */
import type { DaemonConfig } from '../core/config.ts';
import { BLOCKS } from './blocks.ts';
import { TOP_LEVEL } from './global.ts';
import { printRows } from './keyword.ts';

export function printConfig(config: DaemonConfig): string {
  const blocks = Object.entries(BLOCKS).flatMap(
    ([keyword, { print }]) => print?.(config, keyword) ?? [],
  );
  return [printRows(TOP_LEVEL, config), ...blocks]
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join('\n')}\n`)
    .join('\n');
}
