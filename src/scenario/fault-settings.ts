/** What stands under `with:` of a fault, with its defaults. */
import { micros, milliseconds, seconds } from '../time.ts';
import type { FaultSettings } from './scenario.ts';
import type { StepText } from './scenario-schema.ts';

type WithText = NonNullable<StepText['with']>;

const HTTP_PORT = 80;
const SERVER_ERROR = 500;

export function faultSettings(text: WithText): FaultSettings {
  return {
    port: text.port ?? HTTP_PORT,
    mode: text.mode ?? 'drop',
    icmp: text.type ?? 'all',
    service: text.service,
    script: text.script,
    delay: text.delay ?? seconds(2),
    status: text.status ?? SERVER_ERROR,
    body: text.body ?? 'wrong',
    every: text.every ?? milliseconds(1_000),
    count: text.count ?? 1,
    by: text.by ?? micros(0),
  };
}
