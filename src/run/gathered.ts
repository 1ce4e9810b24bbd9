/** The evidence of one cell as it comes from its labs: a timeline for each lab, and the captured frames. */
import type { FrameSource, LabPlan } from '../lab/lab.ts';
import { Timeline } from '../observe/timeline.ts';
import type { Topology } from '../topology/topology.ts';
import type { Evidence } from './evidence-folder.ts';
import type { CapturedFrame } from './pcap.ts';

export function newGathering() {
  const timelines: Timeline[] = [];
  const captured = new Map<string, CapturedFrame[]>();
  const sources: { segment: string; source: FrameSource }[] = [];
  const framesOf = (segment: string): CapturedFrame[] => {
    const frames = captured.get(segment) ?? [];
    captured.set(segment, frames);
    return frames;
  };
  return {
    /** What a new lab reports goes to a new timeline. */
    begin: (topology: Topology) => {
      const timeline = new Timeline(topology);
      timelines.push(timeline);
      const sinks: Pick<LabPlan, 'onEvent' | 'onFrame' | 'onFrameSource'> = {
        onEvent: (event) => timeline.add(event),
        onFrame: (segment, at, frame) => framesOf(segment).push({ at, frame }),
        onFrameSource: (segment, source) => sources.push({ segment, source }),
      };
      return { timeline, sinks };
    },
    all: (): Pick<Evidence, 'events' | 'frames'> => {
      for (const { segment, source } of sources.splice(0)) framesOf(segment).push(...source());
      return { events: timelines.flatMap((timeline) => timeline.everything()), frames: captured };
    },
  };
}
