/** The events of a run. Implement only the callbacks you need. */
import type { RepeatRecord } from '../assert/metrics.ts';
import type { Scenario } from '../scenario/scenario.ts';
import type { RepeatResult, RunResult, ScenarioResult } from './result.ts';

export interface RunListener {
  /** Which backend was chosen and why, before anything starts. */
  onStart?(about: { backend: string; reason: string; seed: number; scenarios: number }): void;
  onScenario?(scenario: Scenario): void;
  /** A slow action runs: an image is built, another run is waited for. */
  onProgress?(message: string): void;
  onStep?(scenario: Scenario, repeat: number, step: string): void;
  /** `record`: the data of the result. */
  onRepeat?(scenario: Scenario, repeat: RepeatResult, record: RepeatRecord): void;
  onScenarioEnd?(scenario: Scenario, result: ScenarioResult): void;
  onEnd?(result: RunResult): void | Promise<void>;
}

/** Calls all of them, in order. */
export function all(listeners: readonly RunListener[]): Required<RunListener> {
  const each = (call: (listener: RunListener) => void): void => {
    for (const listener of listeners) call(listener);
  };
  return {
    onStart: (about) => each((one) => one.onStart?.(about)),
    onScenario: (scenario) => each((one) => one.onScenario?.(scenario)),
    onProgress: (message) => each((one) => one.onProgress?.(message)),
    onStep: (scenario, repeat, step) => each((one) => one.onStep?.(scenario, repeat, step)),
    onRepeat: (scenario, repeat, record) => each((one) => one.onRepeat?.(scenario, repeat, record)),
    onScenarioEnd: (scenario, result) => each((one) => one.onScenarioEnd?.(scenario, result)),
    onEnd: async (result) => {
      for (const one of listeners) await one.onEnd?.(result);
    },
  };
}
