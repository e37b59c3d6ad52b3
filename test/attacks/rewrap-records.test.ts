import { describe, expect, test } from '@jest/globals';
import {
  encodeInstructionFile,
  parseInstructionFile,
  startSeal,
  type Metadata,
} from '../../envelope/index.ts';
import { openToBuffer } from '../../operations/open-object.ts';
import { rebindObject } from '../../operations/rebind-object.ts';
import { rewrapObject, type RewrapOptions } from '../../operations/rewrap-object.ts';
import { sealContent } from '../../operations/seal-content.ts';
import { contextOf, type Vault } from '../../operations/vault.ts';
import { allowing, inFile, onObject } from '../operations/rewrap-scene.ts';
import {
  alterSealed,
  contentFrom,
  createScene,
  fileAt,
  putSealed,
  sealedAt,
  type Scene,
} from '../operations/scene.ts';
import { failureOf } from '../support/bytes.ts';
import { keyringOver } from '../support/mock-kms.ts';

// Whoever may write objects may write our records, and swap files. That may cost a call to KMS, or keep an object
// from being rewrapped; it must not lead a rotator to another key than its own, nor lose an object.

/** A vault that moves from one key to another, and a key that is neither. */
function moving(scene: Scene) {
  const { kms, keyArn } = scene;
  const [now, foreign] = [kms.createKey(), kms.createKey()];
  const { keyring, inputs, mock } = keyringOver(kms, now, [keyArn]);
  const current = {
    keyArn: now,
    keyMaterialId: kms.describeKey({ KeyId: now }).KeyMetadata.CurrentKeyMaterialId,
  };
  /** Rewraps, and expects that no key but these two was named. */
  const rewrap = async (options: Partial<RewrapOptions> = {}) => {
    const { store, vault } = scene;
    mock.resetHistory();
    try {
      return (await rewrapObject(sealedAt, { store, vault, keyring, current, ...options })).status;
    } finally {
      for (const input of inputs()) {
        expect([now, keyArn]).toContain(input['SourceKeyId'] ?? input['KeyId']);
        if ('SourceKeyId' in input) expect(input['DestinationKeyId']).toBe(now);
      }
    }
  };
  const open = async (): Promise<string> => {
    const { store, vault } = scene;
    return (await openToBuffer(sealedAt, { store, vault, keyring, ...allowing })).content.toString();
  };
  return { now, foreign, keyring, current, rewrap, open, inputs };
}

/** Changes the records of the wrapping, which are on the object or on its file. */
async function forgeRecords(scene: Scene, isInFile: boolean, records: Metadata): Promise<void> {
  if (!isInFile) {
    await alterSealed(scene, { metadata: (metadata) => ({ ...metadata, ...records }) });
    return;
  }
  const { store } = scene;
  const { metadata, address } = await store.head(fileAt);
  const forged = { ...metadata, 'sealdrop-instruction-version': address.versionId ?? '', ...records };
  store.put(fileAt.bucket, fileAt.key, store.contentOf(fileAt), { metadata: forged });
}

describe.each([...onObject, ...inFile])('on an object of %s', (_, how) => {
  const isInFile = how.instructionFiles === true;

  async function sealed(vault?: Vault): Promise<Scene> {
    const scene = createScene();
    const with_ = vault === undefined ? scene : { ...scene, vault, sealing: { ...scene.sealing, vault } };
    await putSealed(with_, Buffer.from('content'), how);
    return with_;
  }

  test.each([
    ['a key that is not accepted', ({ foreign }: ReturnType<typeof moving>) => foreign],
    ['the new key', ({ now }: ReturnType<typeof moving>) => now],
    ['no key at all', () => 'arn:nonsense'],
    ['nothing', () => ''],
  ])(
    'a note that %s wrapped does not keep it from being rewrapped, nor has another key used',
    async (_name, notedIn) => {
      const scene = await sealed();
      const move = moving(scene);
      const { rewrap, open } = move;
      await forgeRecords(scene, isInFile, { 'sealdrop-key': notedIn(move) });
      expect(await rewrap()).toBe('rewrapped');
      scene.kms.setState(scene.keyArn, 'Disabled');
      expect(await open()).toBe('content');
    },
  );

  test('a data key under a foreign key, noted as such, is refused, and left as it was', async () => {
    const scene = await sealed();
    const { foreign, rewrap } = moving(scene);
    const theirs = keyringOver(scene.kms, foreign).keyring;
    const suite = how.suite === undefined ? {} : { suite: how.suite };
    const { metadata } = await startSeal(theirs, contextOf(scene.vault, sealedAt.key), suite);
    const keyName = how.suite === undefined ? 'x-amz-3' : 'x-amz-key-v2';
    const forged = { [keyName]: metadata[keyName] ?? '' };
    if (isInFile) {
      const entries = { ...parseInstructionFile(scene.store.contentOf(fileAt)), ...forged };
      const { metadata: records, address } = await scene.store.head(fileAt);
      const lineage = { 'sealdrop-instruction-version': address.versionId ?? '' };
      const about = { metadata: { ...records, ...lineage, 'sealdrop-key': foreign } };
      scene.store.put(fileAt.bucket, fileAt.key, encodeInstructionFile(entries), about);
    } else {
      await alterSealed(scene, { metadata: (own) => ({ ...own, ...forged, 'sealdrop-key': foreign }) });
    }
    const places = [sealedAt, ...(isInFile ? [fileAt] : [])];
    const before = await Promise.all(places.map((at) => scene.store.head(at)));
    expect((await failureOf(rewrap)).code).toBe('KEY_MISMATCH');
    expect(await Promise.all(places.map((at) => scene.store.head(at)))).toEqual(before);
  });

  test('a record that it is current keeps it in its old wrapping, and that is all', async () => {
    const scene = await sealed();
    const { current, rewrap, open, inputs } = moving(scene);
    const { keyArn, keyMaterialId } = current;
    await forgeRecords(scene, isInFile, { 'sealdrop-key': keyArn, 'sealdrop-material': keyMaterialId });
    expect(await rewrap()).toBe('current');
    expect(inputs()).toEqual([]);
    expect(await open()).toBe('content');
    // The next rotation finds it, whatever it says: its note is tried first, and then the others.
    scene.kms.rotate(keyArn);
    const next = scene.kms.describeKey({ KeyId: keyArn }).KeyMetadata.CurrentKeyMaterialId;
    expect(await rewrap({ current: { keyArn, keyMaterialId: next } })).toBe('rewrapped');
    scene.kms.setState(scene.keyArn, 'Disabled');
    expect(await open()).toBe('content');
  });

  test('the context of another vault, or of another object, is refused before KMS is asked', async () => {
    const scene = await sealed({ vaultId: 'another', binding: 'object' });
    const ours = { ...scene, vault: { vaultId: 'archive', binding: 'object' } as const };
    const { rewrap, inputs, keyring } = moving(ours);
    expect((await failureOf(rewrap)).code).toBe('CONTEXT_MISMATCH');
    const { store, vault } = ours;
    const to = { bucket: 'sealed', key: 'elsewhere' };
    const options = { store, keyring, vault, condition: { absent: true } } as const;
    expect((await failureOf(() => rebindObject(sealedAt, to, options))).code).toBe('CONTEXT_MISMATCH');
    expect(inputs()).toEqual([]);
    expect([store.countOf('copy'), (await failureOf(() => store.head(to))).code]).toEqual([
      0,
      'OBJECT_NOT_FOUND',
    ]);
  });

  test('the mark of an instruction file does not hide it', async () => {
    const scene = await sealed();
    const { rewrap, open } = moving(scene);
    await alterSealed(scene, { metadata: (own) => ({ ...own, 'x-amz-crypto-instr-file': '' }) });
    const status = await rewrap();
    // With V2 in a file, the object shows nothing of an envelope: its mark is all that there is to see.
    const isBare = isInFile && how.suite !== undefined;
    expect(status).toBe(isBare ? 'not-sealed' : 'rewrapped');
    expect(await open()).toBe('content');
  });
});

describe.each(inFile)('on an object of %s, the file', (_, how) => {
  /** Two objects of one vault; one of them is given the file of the other. */
  async function swapped(vault: Vault, records: 'as they were' | 'forged'): Promise<Scene> {
    const made = createScene();
    const scene = {
      ...made,
      vault,
      sealing: { ...made.sealing, vault },
      reading: { ...made.reading, vault },
    };
    const { store, sealing } = scene;
    const otherAt = { bucket: 'sealed', key: 'b/other.txt' };
    const options = { ...sealing, ...how };
    await putSealed(scene, Buffer.from('content'), how);
    await sealContent(contentFrom(Buffer.from('other')), otherAt, { absent: true }, options);
    const theirs = { ...otherAt, key: `${otherAt.key}.instruction` };
    const { metadata } = await store.head(theirs);
    const own = await store.head(fileAt);
    const lineage = { 'sealdrop-instruction-version': own.address.versionId ?? '' };
    store.put(fileAt.bucket, fileAt.key, store.contentOf(theirs), {
      metadata: records === 'forged' ? { ...metadata, ...lineage } : metadata,
    });
    return scene;
  }

  test('of another object is refused, and left as it was', async () => {
    const scene = await swapped({ vaultId: 'archive', binding: 'object' }, 'as they were');
    const { rewrap, open, inputs } = moving(scene);
    expect((await failureOf(rewrap)).code).toBe('INSTRUCTION_FILE_STALE');
    expect(inputs()).toEqual([]);
    expect(await open()).toBe('content');
  });

  test('of another object is refused by its context, though it says that it is of this one', async () => {
    const scene = await swapped({ vaultId: 'archive', binding: 'object' }, 'forged');
    const { rewrap, open, inputs } = moving(scene);
    expect((await failureOf(rewrap)).code).toBe('CONTEXT_MISMATCH');
    expect(inputs()).toEqual([]);
    expect(await open()).toBe('content');
  });

  test.each(['as they were', 'forged'] as const)(
    'of another object with the same context loses nothing, its records %s: the object opens by its own',
    async (records) => {
      const scene = await swapped({ vaultId: 'archive', binding: 'vault' }, records);
      const { rewrap, open } = moving(scene);
      const status = await rewrap().catch((error: unknown) => (error as { code: string }).code);
      expect(status).toBe(records === 'forged' ? 'rewrapped' : 'INSTRUCTION_FILE_STALE');
      expect(await open()).toBe('content');
    },
  );

  test.each(['gone', ''])(
    'version that the object records, forged to be "%s", loses nothing',
    async (versionId) => {
      const scene = createScene();
      await putSealed(scene, Buffer.from('content'), how);
      await alterSealed(scene, {
        metadata: (own) => ({ ...own, 'sealdrop-instruction-version': versionId }),
      });
      const { rewrap, open } = moving(scene);
      expect(await rewrap()).toBe('rewrapped');
      scene.kms.setState(scene.keyArn, 'Disabled');
      expect(await open()).toBe('content');
    },
  );
});
