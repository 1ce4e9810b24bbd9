/**
 * keepalived numbers rules without a priority from 16384 downwards, each family for itself. Without a number the kernel
 * chooses one for every attempt to add the rule, and so adds it twice.
 */
import type { DaemonConfig } from '../../engine/core/config.ts';
import type { VirtualRule } from '../../engine/core/config-address.ts';

const FIRST = 16_384;
const PRIORITY = ['priority', 'preference', 'pref', 'order'];

/** Static rules first, then those of the instances. */
export function withPriorities(config: DaemonConfig): DaemonConfig {
  const next = { 4: FIRST, 6: FIRST };
  const numbered = (rules: readonly VirtualRule[]): VirtualRule[] =>
    rules.map((rule) =>
      rule.words.some((word) => PRIORITY.includes(word))
        ? rule
        : { ...rule, words: [...rule.words, 'priority', String(next[rule.family]--)] },
    );
  const statics = { ...config.statics, rules: numbered(config.statics.rules) };
  const instances = config.instances.map((instance) => ({
    ...instance,
    rules: numbered(instance.rules),
  }));
  return { ...config, statics, instances };
}
