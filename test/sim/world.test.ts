import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { World } from '../../src/sim/world.ts';
import { instant } from '../../src/time.ts';

const never = (): boolean => false;

describe('virtual time', () => {
  it('runs events in time order, at one instant in the order of scheduling', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 50 })), (times) => {
        const world = new World();
        const ran: [number, number][] = [];
        for (const [i, at] of times.entries())
          world.at(instant(at), () => ran.push([world.now(), i]));
        world.runUntil(instant(100), never);
        const expected = times
          .map((at, i): [number, number] => [at, i])
          .sort((a, b) => a[0] - b[0] || a[1] - b[1]);
        expect(ran).toEqual(expected);
      }),
    );
  });

  it('stops at the deadline if nothing is left, and keeps later events', () => {
    const world = new World();
    let ran = false;
    world.at(instant(200), () => {
      ran = true;
    });
    world.runUntil(instant(100), never);
    expect([world.now(), ran]).toEqual([100, false]);
  });

  it('stops as soon as `done` is true', () => {
    const world = new World();
    const ran: number[] = [];
    for (const at of [10, 20, 30]) world.at(instant(at), () => ran.push(at));
    expect(world.runUntil(instant(100), () => ran.length === 2)).toBe(true);
    expect([world.now(), ran]).toEqual([20, [10, 20]]);
  });

  it('never decreases', () => {
    const world = new World();
    world.runUntil(instant(50), never);
    let at = -1;
    world.at(instant(10), () => {
      at = world.now();
    });
    world.runUntil(instant(60), never);
    expect(at).toBe(50);
  });
});
