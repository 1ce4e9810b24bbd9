/** The evidence of one cell as it comes from its labs: a timeline for each lab, and the captured frames. */
import type { FrameSource, LabPlan } from '../lab/lab.ts';
import { Timeline } from '../observe/timeline.ts';
import type { Topology } from '../topology/topology.ts';
import type { Evidence } from './evidence-folder.ts';
import type { CapturedFrame } from './pcap.ts';

export class Gathered {
  private readonly timelines: Timeline[] = [];
  private readonly captured = new Map<string, CapturedFrame[]>();
  private readonly sources: { segment: string; source: FrameSource }[] = [];

  /** What a new lab reports goes to a new timeline. */
  begin(topology: Topology): {
    readonly timeline: Timeline;
    readonly sinks: Pick<LabPlan, 'onEvent' | 'onFrame' | 'onFrameSource'>;
  } {
    const timeline = new Timeline(topology);
    this.timelines.push(timeline);
    return {
      timeline,
      sinks: {
        onEvent: (event) => timeline.add(event),
        onFrame: (segment, at, frame) => this.frames(segment).push({ at, frame }),
        onFrameSource: (segment, source) => this.sources.push({ segment, source }),
      },
    };
  }

  all(): Pick<Evidence, 'events' | 'frames'> {
    for (const { segment, source } of this.sources.splice(0))
      this.frames(segment).push(...source());
    return {
      events: this.timelines.flatMap((timeline) => timeline.everything()),
      frames: this.captured,
    };
  }

  private frames(segment: string): CapturedFrame[] {
    const frames = this.captured.get(segment) ?? [];
    this.captured.set(segment, frames);
    return frames;
  }
}
