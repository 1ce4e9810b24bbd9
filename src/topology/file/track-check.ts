/** Tracked scripts of all virtual routers: a name means one script, and a tracked service must exist on the members. */
import type { ScriptTrack } from '../service.ts';
import type { Node, VirtualRouter } from '../topology.ts';
import type { Report } from './topology-issues.ts';

export function checkTracks(
  routers: readonly VirtualRouter[],
  nodes: readonly Node[],
  report: Report,
): void {
  const seen = new Map<string, { readonly router: string; readonly text: string }>();
  for (const { name: router, track, members } of routers) {
    const own = nodes.filter(({ name }) => members.some(({ node }) => node === name));
    for (const script of track) {
      const path = ['virtual_routers', router, 'track', script.name];
      const text = settings(script);
      const other = seen.get(script.name);
      if (other !== undefined && other.text !== text)
        report.error(
          path,
          `script "${script.name}" is another one in "${other.router}": a name stands for one script`,
          'Give it another name, or the same settings.',
        );
      seen.set(script.name, { router, text });
      const idle = own.find(
        ({ services, config }) =>
          config === undefined &&
          script.service !== undefined &&
          !services.some(({ port }) => port === script.service),
      );
      if (idle !== undefined)
        report.error(
          [...path, 'service'],
          `"${idle.name}" serves nothing on port ${script.service}: the script would always fail`,
          `Give it services: { http: ${script.service} }.`,
        );
    }
  }
}

/** Without the weight, which may differ between the uses of a script. */
function settings({ weight, ...script }: ScriptTrack): string {
  return JSON.stringify(script);
}
