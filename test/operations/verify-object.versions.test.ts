import { describe, expect, test } from '@jest/globals';
import { gcmSuite, SealdropError, type AlgorithmSuite } from '../../envelope/index.ts';
import type { ObjectAddress } from '../../operations/object-store.ts';
import { failureOf } from '../support/bytes.ts';
import { FakeKeyring } from '../support/fake-keyring.ts';
import {
  createScene,
  fileAt,
  forgetCalls,
  openedElsewhere,
  putSealed,
  sealedAt,
  verdictOf,
  verify,
  type Scene,
} from './scene.ts';

/** Two versions of an object, each with its own version of the instruction file. */
async function twoVersions(
  suite?: AlgorithmSuite,
): Promise<{ scene: Scene; first: ObjectAddress; second: ObjectAddress; firstFile: ObjectAddress }> {
  const scene = createScene();
  const options = { instructionFiles: true, ...(suite === undefined ? {} : { suite }) };
  const first = await putSealed(scene, Buffer.from('first'), options);
  const { address: firstFile } = await scene.store.head(fileAt);
  const second = await putSealed(scene, Buffer.from('second'), options);
  forgetCalls(scene);
  return { scene, first, second, firstFile };
}

describe.each([
  ['V3', undefined, {}],
  ['V2', gcmSuite, { commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT' }],
] as const)('an earlier version of %s', (_, suite, policy) => {
  const both = ({ keyring }: Scene) => [policy, { ...policy, keyring, repair: true }] as const;

  test('is sound by the file that it was written with', async () => {
    const { scene, first } = await twoVersions(suite);
    for (const options of both(scene)) {
      expect(await verify(scene, options, first)).toEqual({ status: 'sound' });
    }
    expect(scene.store.countOf('write')).toBe(0);
    expect(await openedElsewhere(scene, policy)).toBe('second');
  });

  test('is sound whatever has become of the current file, which is not repaired', async () => {
    const { scene, first } = await twoVersions(suite);
    scene.store.put(fileAt.bucket, fileAt.key, scene.store.contentOf(fileAt).subarray(0, -1));
    const [shallow, deep] = both(scene);
    if (suite !== undefined) expect(await verify(scene, deep, first)).toEqual({ status: 'sound' });
    await scene.store.hide(await scene.store.head(fileAt));
    for (const options of [shallow, deep]) {
      expect(await verify(scene, options, first)).toEqual({ status: 'sound' });
    }
    expect(scene.store.countOf('write')).toBe(0);
  });

  test('is found where its own file is gone', async () => {
    const { scene, first, firstFile } = await twoVersions(suite);
    scene.store.destroy(firstFile);
    const [, deep] = both(scene);
    expect(await verdictOf(verify(scene, deep, first))).toBe('AUTHENTICATION_FAILED');
    expect(scene.store.countOf('write')).toBe(0);
  });

  test('is sound under a key of its own, though the current file is under one that is refused', async () => {
    const { scene, first } = await twoVersions(suite);
    const sealing = { keyring: new FakeKeyring(scene.kms, scene.kms.createKey()), instructionFiles: true };
    await putSealed(scene, Buffer.from('third'), { ...sealing, ...(suite === undefined ? {} : { suite }) });
    const [, deep] = both(scene);
    expect(await verify(scene, deep, first)).toEqual({ status: 'sound' });
  });
});

describe('a version that is named and current', () => {
  test('is repaired as though it had not been named', async () => {
    const { scene, second } = await twoVersions();
    await scene.store.hide(await scene.store.head(fileAt));
    const options = { keyring: scene.keyring, repair: true };
    expect(await verdictOf(verify(scene, {}, second))).toBe('INSTRUCTION_FILE_MISSING');
    expect(await verify(scene, options, second)).toEqual({ status: 'repaired' });
    expect(await openedElsewhere(scene)).toBe('second');
  });

  test('is not looked for where it has its envelope itself', async () => {
    const scene = createScene();
    const first = await putSealed(scene, Buffer.from('first'));
    await putSealed(scene, Buffer.from('second'));
    forgetCalls(scene);
    expect(await verify(scene, {}, first)).toEqual({ status: 'sound' });
    expect(scene.store.calls.map(({ method }) => method)).toEqual(['head']);
  });
});

test('a version is neither where the current one cannot be looked at', async () => {
  const { scene, first } = await twoVersions();
  scene.store.before('head', () => {
    throw new SealdropError('ACCESS_DENIED', 'no');
  });
  const failure = await failureOf(() => verify(scene, { keyring: scene.keyring }, first));
  expect(failure.code).toBe('ACCESS_DENIED');
});

test('an object that is replaced meanwhile is named in the error', async () => {
  const { scene, second } = await twoVersions();
  scene.store.after('get', async () => {
    await putSealed(scene, Buffer.from('third'), { instructionFiles: true });
  });
  const failure = await failureOf(() => verify(scene, { keyring: scene.keyring, repair: true }));
  expect([failure.code, failure.retryable, failure.fields]).toEqual(['OBJECT_CHANGED', true, second]);
  expect(scene.store.contentOf(sealedAt)).toHaveLength('third'.length + 16);
});
