import { describe, expect, test } from '@jest/globals';
import { outputLine } from '../support/output-line-schema.ts';
import { PassedOver } from '../../cli/passed-over.ts';
import { SealdropError } from '../../envelope/index.ts';
import { fakeIo } from '../support/fake-terminal.ts';

const error = new SealdropError('FILE_FAILED', 'a pipe: "a/pipe"', { hint: 'name a file' });

describe('what is passed over', () => {
  test('is told of once, and counted', () => {
    const io = fakeIo();
    const passedOver = new PassedOver(io, 'seal', { json: false, isWanted: () => true });
    expect(passedOver.count).toBe(0);
    // It is listed once to be counted, and once to be worked on.
    for (const path of ['pipe', 'pipe', 'x/pipe']) passedOver.note(path, error);
    expect(passedOver.count).toBe(2);
    const lines = 'sealdrop: error: a pipe: "a/pipe"\nsealdrop: hint: name a file\n';
    expect([io.stderr.text, io.stdout.text]).toEqual([lines + lines, '']);
  });

  test('is a line of JSON', () => {
    const io = fakeIo();
    new PassedOver(io, 'verify', { json: true, isWanted: () => true }).note('pipe', error);
    expect(outputLine.parse(JSON.parse(io.stdout.text))).toEqual({
      ...{ verb: 'verify', from: 'pipe', status: 'failed' },
      error: { code: 'FILE_FAILED', message: 'a pipe: "a/pipe"', hint: 'name a file' },
    });
    expect(io.stderr.text).toBe('');
  });

  test.each([true, false])('is nothing where it was left out by name, JSON %s', (json) => {
    const io = fakeIo();
    const asked: string[] = [];
    const isWanted = (name: string): boolean => asked.push(name) > 1;
    const passedOver = new PassedOver(io, 'seal', { json, isWanted });
    passedOver.note('pipe', error);
    expect([passedOver.count, io.stderr.text + io.stdout.text, asked]).toEqual([0, '', ['pipe']]);
    passedOver.note('pipe', error);
    expect(passedOver.count).toBe(1);
  });
});
