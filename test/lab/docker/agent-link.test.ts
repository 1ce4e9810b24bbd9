import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { agentLink } from '../../../src/lab/docker/agent-link.ts';

function linkOf() {
  const written: string[] = [];
  const messages: unknown[] = [];
  const link = agentLink({
    name: 'gw1',
    write: (line) => written.push(line),
    onMessage: (message) => messages.push(message),
  });
  return { link, written, messages };
}

describe('the link to an agent', () => {
  it('matches replies to requests in any order', async () => {
    const { link, written } = linkOf();
    const first = link.request({ kind: 'ping' });
    const second = link.request({ kind: 'ask', argv: ['true'] });
    expect(written).toEqual([
      '{"id":1,"kind":"ping"}\n',
      '{"id":2,"kind":"ask","argv":["true"]}\n',
    ]);
    link.receive(
      '{"kind":"reply","id":2,"at":20,"result":{"ok":true}}\n{"kind":"reply","id":1,"at":10,"result":{"ok":false,"error":"no"}}\n',
    );
    expect(await first).toEqual({ at: 10, result: { ok: false, error: 'no' } });
    expect(await second).toEqual({ at: 20, result: { ok: true } });
  });

  it('reads lines across any split of the stream', () => {
    const text =
      '{"kind":"event","event":{"n":1}}\n{"kind":"event","event":{"n":2}}\n{"kind":"frame","n":3}\n';
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: text.length - 1 })), (cuts) => {
        const { link, messages } = linkOf();
        const edges = [0, ...[...new Set(cuts)].sort((a, b) => a - b), text.length];
        for (const [i, from] of edges.entries())
          link.receive(text.slice(from, edges[i + 1] ?? text.length));
        expect(messages).toHaveLength(3);
      }),
    );
  });

  it('ignores lines that are not messages', () => {
    const { link, messages } = linkOf();
    link.receive('hello world\n{"kind":"event","event":{}}\n');
    expect(messages).toHaveLength(1);
  });

  it('rejects open requests when the agent ends, and all later ones', async () => {
    const { link } = linkOf();
    const asked = link.request({ kind: 'ping' });
    link.end();
    expect(await asked).toEqual({ at: 0, result: { ok: false, error: 'the agent is gone' } });
    await expect(link.demand({ kind: 'ping' })).rejects.toThrow('gw1: ping: the agent is gone');
    await expect(link.hello).rejects.toThrow('ended before it said anything');
  });
});
