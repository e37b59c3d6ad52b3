import { describe, expect, test } from '@jest/globals';
import { outputLine } from '../support/output-line-schema.ts';
import { PassedOver } from '../../cli/passed-over.ts';
import { SealdropError } from '../../envelope/index.ts';
import { fakeIo } from '../support/fake-terminal.ts';

const error = new SealdropError('FILE_FAILED', 'a pipe: "a/pipe"', { hint: 'name a file' });

describe('what is passed over', () => {
  test('is told of, and counted; what to do is said once', () => {
    const io = fakeIo();
    const passedOver = new PassedOver(io, 'seal', { json: false, isWanted: () => true });
    expect(passedOver.count).toBe(0);
    const other = new SealdropError('FILE_FAILED', 'a loop', { hint: 'mend it' });
    for (const each of [error, error, other, error]) passedOver.note('x', each);
    expect(passedOver.count).toBe(4);
    const pipe = 'sealdrop: error: a pipe: "a/pipe"\n';
    const loop = 'sealdrop: error: a loop\nsealdrop: hint: mend it\n';
    const told = `${pipe}sealdrop: hint: name a file\n${pipe}${loop}${pipe}`;
    expect([io.stderr.text, io.stdout.text]).toEqual([told, '']);
  });

  test.each([true, false])('has room on the terminal made for it, JSON %s', (json) => {
    const io = fakeIo({ isTTY: true });
    const passedOver = new PassedOver(io, 'seal', { json, isWanted: (name) => name === 'pipe' });
    const seen: string[] = [];
    passedOver.tellBeside({
      clear: () => seen.push(io.stderr.text + io.stdout.text),
    });
    passedOver.note('left out', error);
    passedOver.note('pipe', error);
    expect(seen).toEqual(['']);
    expect(io.stderr.text + io.stdout.text).toContain('a/pipe');
  });

  test('is a line of JSON', () => {
    const io = fakeIo();
    const passedOver = new PassedOver(io, 'verify', { json: true, isWanted: () => true });
    for (let time = 0; time < 2; time += 1) passedOver.note('pipe', error);
    const lines = io.stdout.text.split('\n').slice(0, -1);
    const line = {
      ...{ verb: 'verify', from: 'pipe', status: 'failed' },
      error: { code: 'FILE_FAILED', message: 'a pipe: "a/pipe"', hint: 'name a file' },
    };
    expect(lines.map((each) => outputLine.parse(JSON.parse(each)))).toEqual([line, line]);
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
