import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { stopSignals } from '../../cli/stop-signals.ts';

/** A process that notes what it kills. */
class FakeProcess extends EventEmitter {
  readonly pid = 4711;
  readonly stdout = new PassThrough();
  readonly stderr = new PassThrough();
  readonly kills: [number, NodeJS.Signals][] = [];

  kill(pid: number, signal: NodeJS.Signals): true {
    this.kills.push([pid, signal]);
    // Nobody may catch it any more.
    expect(this.listenerCount(signal)).toBe(0);
    return true;
  }

  /** How many of the signals are caught. */
  get caught(): number {
    return ['SIGINT', 'SIGTERM', 'SIGHUP'].filter((name) => this.listenerCount(name) > 0).length;
  }
}

function scene(): { ours: FakeProcess; stop: ReturnType<typeof stopSignals> } {
  const ours = new FakeProcess();
  return { ours, stop: stopSignals(ours as unknown as NodeJS.Process) };
}

describe('a command that runs', () => {
  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('stops at %s, and in the end dies of it', (name) => {
    const { ours, stop } = scene();
    expect([stop.signal.aborted, ours.caught]).toEqual([false, 3]);
    ours.emit(name, name);
    expect([stop.signal.aborted, ours.kills]).toEqual([true, []]);
    stop.end();
    expect(ours.kills).toEqual([[4711, name]]);
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'])('does not catch another signal after %s', (name) => {
    const { ours } = scene();
    ours.emit(name, name);
    expect(ours.caught).toBe(0);
  });

  test('and ends by itself, dies of nothing and catches nothing any more', () => {
    const { ours, stop } = scene();
    stop.end();
    expect([ours.kills, ours.caught, stop.signal.aborted]).toEqual([[], 0, false]);
  });

  test('stops where its output takes nothing any more, and dies of nothing', () => {
    const { ours, stop } = scene();
    ours.stdout.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
    expect(stop.signal.aborted).toBe(true);
    stop.end();
    expect(ours.kills).toEqual([]);
  });

  test('bears a second failure of its output', () => {
    const { ours, stop } = scene();
    for (let time = 0; time < 2; time += 1) ours.stdout.emit('error', new Error('write EPIPE'));
    stop.end();
    ours.stdout.emit('error', new Error('write EPIPE'));
    expect(stop.signal.aborted).toBe(true);
  });
});
