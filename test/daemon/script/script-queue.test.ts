import { describe, expect, it } from 'vitest';
import { ScriptQueue } from '../../../src/daemon/script/script-queue.ts';

describe('the script queue', () => {
  /** A queue whose scripts end on command. */
  function held() {
    const [ran, lost]: [string[], string[]] = [[], []];
    let release: () => void = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const job = (what: string) => ({
      what,
      run: () => {
        ran.push(what);
        return gate;
      },
    });
    return { queue: new ScriptQueue((what) => lost.push(what)), job, ran, lost, release };
  }

  it('runs scripts in order, the first one at once', async () => {
    const { queue, job, ran, release } = held();
    for (const what of ['BACKUP', 'MASTER', 'BACKUP']) queue.add(job(what));
    expect(ran).toEqual(['BACKUP']);
    release();
    await queue.settled();
    expect(ran).toEqual(['BACKUP', 'MASTER', 'BACKUP']);
    await queue.settled();
  });

  it('keeps one waiting script per repeated notification', async () => {
    const { queue, job, ran, release } = held();
    for (let i = 0; i < 500; i++) queue.addOnce(job('lower'));
    release();
    await queue.settled();
    expect(ran).toEqual(['lower', 'lower']);
  });

  it('drops the oldest script if too many wait, and reports it', async () => {
    const { queue, job, ran, lost, release } = held();
    for (let i = 0; i < 40; i++) queue.add(job(String(i)));
    release();
    await queue.settled();
    expect([ran[0], ran[1], ran.at(-1), ran.length]).toEqual(['0', '8', '39', 33]);
    expect(lost).toEqual(['1', '2', '3', '4', '5', '6', '7']);
  });
});
