import { describe, expect, test } from '@jest/globals';
import {
  authenticationFailure,
  SealdropError,
  splitEnvelope,
  type Envelope,
  type Metadata,
  type SealdropErrorCode,
} from '../../envelope/index.ts';
import { openEnvelope } from '../../operations/open-envelope.ts';
import { instructionVersionEntry } from '../../operations/records.ts';
import { failureOf, patternBytes } from '../support/bytes.ts';
import { v2Metadata, wellFormed, wellFormedMetadata } from '../support/envelopes.ts';

const { object, instructionFile } = splitEnvelope(wellFormedMetadata);
const stale = { ...instructionFile, 'x-amz-3': patternBytes(40, 'of another write').toString('base64') };
const recording = { ...object, ...instructionVersionEntry('v1') };

/** Opens from files by version (the current one is ""), with a data key that fits one ciphertext only. */
function scene(metadata: Metadata, files: Record<string, Metadata | SealdropErrorCode>) {
  const read: (string | undefined)[] = [];
  const opened: Envelope[] = [];
  const readInstructionFile = (versionId?: string): Promise<Metadata> => {
    read.push(versionId);
    const file = files[versionId ?? ''] ?? 'OBJECT_NOT_FOUND';
    return typeof file === 'string'
      ? Promise.reject(new SealdropError(file, 'the store says no'))
      : Promise.resolve(file);
  };
  const open = (envelope: Envelope): Promise<string> => {
    opened.push(envelope);
    const { ciphertext } = wellFormed.encryptedDataKey;
    const fits = Buffer.compare(envelope.encryptedDataKey.ciphertext, ciphertext) === 0;
    return fits ? Promise.resolve('opened') : Promise.reject(authenticationFailure());
  };
  return { read, opened, run: () => openEnvelope({ metadata, readInstructionFile }, open) };
}

describe('an envelope on the object itself', () => {
  test('is opened without a look at an instruction file', async () => {
    const { run, read, opened } = scene(wellFormedMetadata, { '': stale });
    await expect(run()).resolves.toBe('opened');
    expect(opened).toEqual([wellFormed]);
    expect(read).toEqual([]);
  });

  test('is opened once, even where it records a version and does not authenticate', async () => {
    const metadata = { ...wellFormedMetadata, ...stale, ...instructionVersionEntry('v1') };
    const { run, read, opened } = scene(metadata, { v1: instructionFile });
    expect((await failureOf(run)).code).toBe('AUTHENTICATION_FAILED');
    expect(opened).toHaveLength(1);
    expect(read).toEqual([]);
  });
});

describe('an envelope in an instruction file', () => {
  test('is opened with the current file', async () => {
    const { run, read, opened } = scene(recording, { '': instructionFile, v1: stale });
    await expect(run()).resolves.toBe('opened');
    expect(opened).toEqual([wellFormed]);
    expect(read).toEqual([undefined]);
  });

  test('of V2 is opened where the object has nothing of it', async () => {
    const { run, opened } = scene({ title: 'x' }, { '': v2Metadata });
    await failureOf(run);
    expect(opened).toHaveLength(1);
    expect(opened[0]?.encryptedDataKey.ciphertext).toEqual(patternBytes(184));
  });

  test('is opened with the recorded version where the current file is of another write', async () => {
    const { run, read, opened } = scene(recording, { '': stale, v1: instructionFile });
    await expect(run()).resolves.toBe('opened');
    expect(read).toEqual([undefined, 'v1']);
    expect(opened).toHaveLength(2);
  });

  test('does not authenticate where neither file is of this write', async () => {
    const { run, read } = scene(recording, { '': stale, v1: stale });
    expect(await failureOf(run)).toEqual(authenticationFailure());
    expect(read).toEqual([undefined, 'v1']);
  });

  test('does not authenticate where no version is recorded', async () => {
    const { run, read } = scene(object, { '': stale, v1: instructionFile });
    expect((await failureOf(run)).code).toBe('AUTHENTICATION_FAILED');
    expect(read).toEqual([undefined]);
  });

  test('does not authenticate where the recorded version is gone', async () => {
    const { run, read } = scene(recording, { '': stale });
    expect(await failureOf(run)).toEqual(authenticationFailure());
    expect(read).toEqual([undefined, 'v1']);
  });

  test('tells what the store says of the recorded version', async () => {
    const { run } = scene(recording, { '': stale, v1: 'ACCESS_DENIED' });
    expect((await failureOf(run)).code).toBe('ACCESS_DENIED');
  });

  test.each(['ACCESS_DENIED', 'THROTTLED', 'ENVELOPE_MALFORMED', 'ABORTED'] as const)(
    'tells what the store says of the current file, and looks no further: %s',
    async (code) => {
      const { run, read } = scene(recording, { '': code, v1: instructionFile });
      expect((await failureOf(run)).code).toBe(code);
      expect(read).toEqual([undefined]);
    },
  );

  test('is malformed where the file holds more than a data key', async () => {
    const { run, read } = scene(recording, { '': wellFormedMetadata, v1: instructionFile });
    expect((await failureOf(run)).code).toBe('ENVELOPE_MALFORMED');
    expect(read).toEqual([undefined]);
  });

  test.each(['OBJECT_NOT_FOUND', 'OBJECT_KEY_TOO_LONG'] as const)(
    'is missing where the file cannot be there: %s',
    async (code) => {
      const { run, opened } = scene(object, { '': code });
      expect((await failureOf(run)).code).toBe('INSTRUCTION_FILE_MISSING');
      expect(opened).toEqual([]);
    },
  );

  test.each(['OBJECT_NOT_FOUND', 'OBJECT_KEY_TOO_LONG'] as const)(
    'is not there at all where the object has nothing of it either: %s',
    async (code) => {
      const { run } = scene({ title: 'x' }, { '': code });
      expect((await failureOf(run)).code).toBe('NOT_SEALED');
    },
  );

  test('throws what is no error of this package as it is', async () => {
    const broken = () => Promise.reject(new TypeError('broken'));
    const opening = openEnvelope({ metadata: recording, readInstructionFile: broken }, broken);
    await expect(opening).rejects.toThrow(new TypeError('broken'));
  });
});

describe('the versions of an instruction file', () => {
  const other: SealdropErrorCode[] = [
    'AUTHENTICATION_FAILED',
    'CONTEXT_MISMATCH',
    'KEY_DISABLED',
    'KEY_MISMATCH',
    'KEY_NOT_FOUND',
    'KEY_PENDING_DELETION',
  ];
  const final: SealdropErrorCode[] = [
    'ABORTED',
    'ACCESS_DENIED',
    'COMMITMENT_REQUIRED',
    'ENVELOPE_UNSUPPORTED',
    'KEY_UNAVAILABLE',
    'SERVICE_FAILED',
    'THROTTLED',
  ];
  const missing: SealdropErrorCode[] = ['OBJECT_NOT_FOUND', 'OBJECT_KEY_TOO_LONG'];
  const bare = { title: 'x', ...instructionVersionEntry('v1') };

  /** Opens what its files say, each version by itself; a code is the error that opening that version ends with. */
  async function order(
    metadata: Metadata,
    ends: Record<string, SealdropErrorCode | 'opened'>,
  ): Promise<{ read: string[]; end: string }> {
    const read: string[] = [];
    const file = metadata === bare ? v2Metadata : instructionFile;
    const readInstructionFile = (versionId = 'current'): Promise<Metadata> => {
      read.push(versionId);
      const end = ends[versionId] ?? 'OBJECT_NOT_FOUND';
      return end !== 'opened' && missing.includes(end)
        ? Promise.reject(new SealdropError(end, 'the store says no'))
        : Promise.resolve(file);
    };
    const open = (): Promise<string> => {
      const end = ends[read.at(-1) ?? ''] ?? 'opened';
      return end === 'opened' ? Promise.resolve(end) : Promise.reject(new SealdropError(end, 'no'));
    };
    const opening = openEnvelope({ metadata, readInstructionFile }, open);
    const end = await opening.catch((error: unknown) => (error as SealdropError).code);
    return { read, end };
  }

  describe.each([
    ['V3', recording, 'current', 'v1'],
    ['V2', bare, 'v1', 'current'],
  ])('of %s', (_, metadata, first, second) => {
    test(`are tried in their order: ${first}, and no other where it opens`, async () => {
      const tried = await order(metadata, { [first]: 'opened', [second]: 'opened' });
      expect(tried).toEqual({ read: [first], end: 'opened' });
    });

    test.each([...other, ...missing])('are both tried where the first ends with %s', async (code) => {
      const tried = await order(metadata, { [first]: code, [second]: 'opened' });
      expect(tried).toEqual({ read: [first, second], end: 'opened' });
    });

    test.each(final)('are not both tried where the first ends with %s', async (code) => {
      const tried = await order(metadata, { [first]: code, [second]: 'opened' });
      expect(tried).toEqual({ read: [first], end: code });
    });

    test.each(final)('fail with %s of the second', async (code) => {
      const tried = await order(metadata, { [first]: 'AUTHENTICATION_FAILED', [second]: code });
      expect(tried).toEqual({ read: [first, second], end: code });
    });

    test.each(other.flatMap((code) => missing.map((none) => [code, none] as const)))(
      'fail with %s, and not with %s, whichever comes first',
      async (code, none) => {
        for (const ends of [
          { [first]: code, [second]: none },
          { [first]: none, [second]: code },
        ]) {
          expect(await order(metadata, ends)).toEqual({ read: [first, second], end: code });
        }
      },
    );

    test('fail with what the first ended with where neither opens', async () => {
      const tried = await order(metadata, { [first]: 'KEY_MISMATCH', [second]: 'AUTHENTICATION_FAILED' });
      expect(tried).toEqual({ read: [first, second], end: 'KEY_MISMATCH' });
    });
  });

  test('are both missed before the object itself tells what is missing', async () => {
    expect(await order(recording, {})).toEqual({
      read: ['current', 'v1'],
      end: 'INSTRUCTION_FILE_MISSING',
    });
    expect(await order(bare, {})).toEqual({ read: ['v1', 'current'], end: 'NOT_SEALED' });
  });
});
