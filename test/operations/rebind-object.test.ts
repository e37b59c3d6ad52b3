import { describe, expect, test } from '@jest/globals';
import { SealdropError } from '../../envelope/index.ts';
import { openToBuffer } from '../../operations/open-object.ts';
import { rebindObject, type RebindOptions } from '../../operations/rebind-object.ts';
import { rewrapObject } from '../../operations/rewrap-object.ts';
import { sealContent } from '../../operations/seal-content.ts';
import type { Vault } from '../../operations/vault.ts';
import { legacyObject } from '../attacks/legacy-forms.ts';
import { failureOf, patternBytes } from '../support/bytes.ts';
import {
  allowing,
  asAnotherClient,
  inFile,
  kmsCalls,
  nextKey,
  onObject,
  putOlder,
  rewrap,
} from './rewrap-scene.ts';
import {
  alterSealed,
  contentFrom,
  createScene,
  fileAt,
  forgetCalls,
  openedText,
  putSealed,
  sealedAt,
  type Scene,
} from './scene.ts';

const movedAt = { bucket: 'sealed', key: 'c/moved.txt' };
const payroll: Vault = { vaultId: 'payroll', binding: 'object' };

function rebind(scene: Scene, options: Partial<RebindOptions> = {}, to = movedAt) {
  const { store, keyring, vault } = scene;
  forgetCalls(scene);
  return rebindObject(sealedAt, to, { store, keyring, vault, condition: { absent: true }, ...options });
}

async function textAt(scene: Scene, at = movedAt, vault: Vault = scene.vault): Promise<string> {
  return openedText({ ...scene, reading: { ...scene.reading, vault } }, at, allowing);
}

describe.each([...onObject, ...inFile])('a sealed object of %s', (_, how) => {
  const isInFile = how.instructionFiles === true;

  async function sealed(): Promise<Scene> {
    const scene = createScene();
    const beside = { metadata: { title: 'x' }, headers: { contentType: 'text/csv' }, tags: { team: 'blue' } };
    await putSealed(scene, Buffer.from('content'), how, beside);
    return scene;
  }

  test('that was moved opens in its new place, and in its old one as before', async () => {
    const scene = await sealed();
    const source = await scene.store.head(sealedAt);
    const rebound = await rebind(scene);
    expect(rebound).toEqual({
      source,
      written: (await scene.store.head(movedAt)).address,
      wrapping: await scene.keyring.currentWrapping(),
    });
    expect([await textAt(scene), await textAt(scene, sealedAt)]).toEqual(['content', 'content']);
    expect(await scene.store.head(sealedAt)).toEqual(source);
  });

  test('is neither read nor decrypted, and takes its headers, tags and metadata along', async () => {
    const scene = await sealed();
    const source = await scene.store.head(sealedAt);
    await rebind(scene);
    expect(kmsCalls(scene)).toEqual(['ReEncrypt']);
    const reads = scene.store.calls.filter(({ method }) => method === 'get' || method === 'read');
    expect(reads.every(({ address }) => address.key === fileAt.key)).toBe(true);
    const moved = await scene.store.head(movedAt);
    expect([moved.headers, moved.etag]).toEqual([source.headers, source.etag]);
    expect(moved.metadata).toMatchObject({ title: 'x' });
    expect(await scene.store.tags(movedAt)).toEqual({ team: 'blue' });
  });

  test('that was copied without being rebound does not open in the other place', async () => {
    const scene = await sealed();
    for (const [from, to] of [
      [sealedAt, movedAt],
      [fileAt, { ...movedAt, key: `${movedAt.key}.instruction` }],
    ] as const) {
      const found = await scene.store.head(from).catch(() => undefined);
      if (found === undefined) continue;
      scene.store.put(to.bucket, to.key, scene.store.contentOf(from), { metadata: found.metadata });
    }
    expect((await failureOf(() => textAt(scene))).code).toBe('CONTEXT_MISMATCH');
  });

  test('opens in another vault alone, once it is bound to that', async () => {
    const scene = await sealed();
    await rebind(scene, { newVault: payroll });
    expect(await textAt(scene, movedAt, payroll)).toBe('content');
    expect((await failureOf(() => textAt(scene))).code).toBe('CONTEXT_MISMATCH');
  });

  test('moves to another key and to another vault in one', async () => {
    const scene = await sealed();
    const next = await nextKey(scene);
    const { wrapping } = await rebind(scene, { keyring: next.keyring, newVault: payroll });
    expect(wrapping).toEqual(next.current);
    scene.kms.setState(scene.keyArn, 'Disabled');
    const reading = { ...scene.reading, ...allowing, keyring: next.keyring, vault: payroll };
    expect((await openToBuffer(movedAt, reading)).content.toString()).toBe('content');
  });

  test('that was moved can be rewrapped, and is current', async () => {
    const scene = await sealed();
    await rebind(scene);
    const { store, keyring, vault } = scene;
    const current = await keyring.currentWrapping();
    const options = { store, keyring, vault, current };
    expect((await rewrapObject(movedAt, options)).status).toBe('current');
    scene.kms.rotate(scene.keyArn);
    const newer = { ...options, current: await keyring.currentWrapping() };
    expect((await rewrapObject(movedAt, newer)).status).toBe('rewrapped');
    expect(await textAt(scene)).toBe('content');
  });

  test('that another client wrote moves just so', async () => {
    const scene = await sealed();
    await asAnotherClient(scene);
    await rebind(scene);
    expect(await textAt(scene)).toBe('content');
  });

  test('does not replace what stands in the new place, unless that is the condition', async () => {
    const scene = await sealed();
    const other = contentFrom(Buffer.from('other'));
    await sealContent(other, movedAt, { absent: true }, { ...scene.sealing, ...how });
    expect((await failureOf(() => rebind(scene))).code).toBe('OBJECT_CHANGED');
    expect(await textAt(scene)).toBe('other');
    const { etag } = await scene.store.head(movedAt);
    await rebind(scene, { condition: { etag } });
    expect(await textAt(scene)).toBe('content');
  });

  test('gives way to a writer that was faster in the new place', async () => {
    const scene = await sealed();
    scene.store.before('copy', () => {
      scene.store.put(movedAt.bucket, movedAt.key, Buffer.from('faster'));
    });
    expect((await failureOf(() => rebind(scene))).code).toBe('OBJECT_CHANGED');
    expect(scene.store.contentOf(movedAt).toString()).toBe('faster');
  });

  test('is refused where it was overwritten meanwhile and its version destroyed', async () => {
    const scene = await sealed();
    const { address } = await scene.store.head(sealedAt);
    scene.store.before('copy', () => {
      scene.store.destroy(address);
    });
    expect((await failureOf(() => rebind(scene))).code).toBe('OBJECT_NOT_FOUND');
    expect((await failureOf(() => scene.store.head(movedAt))).code).toBe('OBJECT_NOT_FOUND');
  });

  test.each([
    ['RESERVED_NAME', {}, { ...movedAt, key: 'c/a.instruction' }, {}],
    ['METADATA_HIDDEN', { hiddenEntries: 1 }, movedAt, {}],
    ['OBJECT_ARCHIVED', { isArchived: true }, movedAt, {}],
    ['CONTEXT_MISMATCH', {}, movedAt, { vault: payroll }],
    ['CONTEXT_INVALID', {}, movedAt, { newVault: { ...payroll, vaultId: 'größe' } }],
  ] as const)(
    'is refused with %s before KMS is asked or anything is written',
    async (code, facts, to, options) => {
      const scene = await sealed();
      const { metadata } = await scene.store.head(sealedAt);
      scene.store.put(sealedAt.bucket, sealedAt.key, scene.store.contentOf(sealedAt), { metadata, facts });
      expect((await failureOf(() => rebind(scene, options, to))).code).toBe(code);
      expect(kmsCalls(scene)).toEqual([]);
      expect([scene.store.countOf('copy'), scene.store.countOf('write')]).toEqual([0, 0]);
    },
  );

  test('without room for more metadata is refused before anything is written', async () => {
    const scene = await sealed();
    await asAnotherClient(scene);
    await alterSealed(scene, {
      metadata: (metadata) => {
        const used = Object.entries(metadata).reduce(
          (sum, [name, value]) => sum + name.length + value.length,
          0,
        );
        return { ...metadata, n: 'x'.repeat(2047 - used) };
      },
    });
    expect((await failureOf(() => rebind(scene))).code).toBe('METADATA_TOO_LARGE');
    expect([scene.store.countOf('copy'), scene.store.countOf('write')]).toEqual([0, 0]);
  });

  test('bound to another vault where it is opens for the new one alone', async () => {
    const scene = await sealed();
    const { etag } = await scene.store.head(sealedAt);
    await rebind(scene, { newVault: payroll, condition: { etag } }, sealedAt);
    expect(await textAt(scene, sealedAt, payroll)).toBe('content');
    expect((await failureOf(() => textAt(scene, sealedAt))).code).toBe('CONTEXT_MISMATCH');
  });

  test.each(['before', 'after'] as const)(
    'bound to another vault where it is opens for one of the two when the run dies %s the last write',
    async (when) => {
      const scene = await sealed();
      const { etag } = await scene.store.head(sealedAt);
      scene.store[when]('copy', () => {
        throw new SealdropError('SERVICE_UNAVAILABLE', 'busy');
      });
      await failureOf(() => rebind(scene, { newVault: payroll, condition: { etag } }, sealedAt));
      const vault = when === 'after' ? payroll : scene.vault;
      expect(await textAt(scene, sealedAt, vault)).toBe('content');
    },
  );

  if (isInFile) {
    test('has its file with it, of the version that it records, and the old file stays', async () => {
      const scene = await sealed();
      const before = await scene.store.head(fileAt);
      await rebind(scene);
      const file = await scene.store.head({ ...movedAt, key: `${movedAt.key}.instruction` });
      const { metadata } = await scene.store.head(movedAt);
      expect(metadata['sealdrop-instruction-version']).toBe(file.address.versionId);
      expect(file.metadata).toMatchObject({ 'sealdrop-key': scene.keyArn });
      expect(Object.keys(metadata)).not.toContain('sealdrop-key');
      expect(await scene.store.head(fileAt)).toEqual(before);
    });
  }
});

test('an object of the first clients is bound for the first time, and keeps their pairs', async () => {
  const scene = createScene();
  const unbound = { vaultId: 'archive', binding: 'none' } as const;
  putOlder(scene, legacyObject('V2 kms GCM', Buffer.from('content'), scene), false);
  await rebind(scene, { vault: unbound, newVault: scene.vault });
  expect(await textAt(scene)).toBe('content');
  expect(await textAt(scene, movedAt, unbound)).toBe('content');
  expect((await failureOf(() => textAt(scene, movedAt, payroll))).code).toBe('CONTEXT_MISMATCH');
});

test('what is not sealed is not moved', async () => {
  const scene = createScene();
  scene.store.put(sealedAt.bucket, sealedAt.key, patternBytes(30));
  expect(['NOT_SEALED', 'OBJECT_NOT_FOUND', 'INSTRUCTION_FILE_MISSING']).toContain(
    (await failureOf(() => rebind(scene))).code,
  );
  expect(scene.store.countOf('copy')).toBe(0);
  expect((await rewrap(scene)).status).toBe('not-sealed');
});
