import { expect } from '@jest/globals';
import { SealdropError } from '../../envelope/index.ts';
import type { ObjectAddress, StoredObject } from '../../operations/object-store.ts';
import { headIfThere } from '../../operations/head-if-there.ts';
import { hideSource } from '../../operations/move-object.ts';
import { openToBuffer } from '../../operations/open-object.ts';
import { rebindObject } from '../../operations/rebind-object.ts';
import { resealObject } from '../../operations/reseal-object.ts';
import { rewrapObject, type RewrapStatus } from '../../operations/rewrap-object.ts';
import type { SealContentOptions } from '../../operations/seal-content.ts';
import { contextOf } from '../../operations/vault.ts';
import { verifyObject } from '../../operations/verify-object.ts';
import { conditionFrom } from '../../operations/write-condition.ts';
import { createScene, fileAt, putSealed, sealedAt, type Scene } from '../operations/scene.ts';
import { allowing } from '../operations/rewrap-scene.ts';
import { FakeKeyring } from '../support/fake-keyring.ts';

/** What may be done to an object while others rewrap it. */
export const acts = [
  'to new material',
  'to another key',
  'overwrite',
  'reseal',
  'rebind',
  'move',
  'delete',
  'rotate',
] as const;
/** Versions expire after days: not while somebody is at work, and not before what was left broken is repaired. */
export type Act = (typeof acts)[number] | 'expire';

/** Where it is rebound and moved to. */
const movedAt: ObjectAddress = { bucket: 'sealed', key: 'c/moved.txt' };
const objectsAt = [sealedAt, movedAt];

/** An object that many work on, and what must hold of it whatever they do. */
export class RewrapWorld {
  readonly scene: Scene;
  readonly otherKeyArn: string;
  readonly #how: Partial<SealContentOptions>;
  /** Wraps with the first key, or with the other one; both open what either wrapped. */
  readonly #first: FakeKeyring;
  readonly #other: FakeKeyring;
  #states = 0;
  #hasExpired = false;

  constructor(how: Partial<SealContentOptions>) {
    this.#how = how;
    this.scene = createScene();
    const { kms, keyArn } = this.scene;
    this.otherKeyArn = kms.createKey();
    this.#first = new FakeKeyring(kms, keyArn, [this.otherKeyArn]);
    this.#other = new FakeKeyring(kms, this.otherKeyArn, [keyArn]);
  }

  /** Does it; what it ended with, a failure by its code. Whoever may fail does so in one of the known ways. */
  async act(act: Act): Promise<string> {
    try {
      return await this.#try(act);
    } catch (error) {
      if (error instanceof SealdropError) return error.code;
      throw error;
    }
  }

  async #try(act: Act): Promise<string> {
    const { store, kms, keyArn, vault } = this.scene;
    switch (act) {
      case 'to new material':
        return this.rewrap(this.#first);
      case 'to another key':
        return this.rewrap(this.#other);
      case 'overwrite':
        this.#states += 1;
        await putSealed(this.scene, Buffer.from(`state ${this.#states}`), this.#how);
        return 'written';
      case 'reseal':
        await resealObject(sealedAt, {
          ...{ store, vault, ...allowing, keyring: this.#first },
          ...(this.#how.suite === undefined ? {} : { suite: this.#how.suite }),
        });
        return 'written';
      case 'rebind':
        return this.#rebind(false);
      case 'move':
        return this.#rebind(true);
      case 'expire':
        for (const at of objectsAt) await this.#expire(at);
        return 'expired';
      case 'delete':
        for (const at of [sealedAt, fileAt]) {
          const standing = await headIfThere(store, at);
          if (standing !== undefined) await store.hide(standing);
        }
        return 'deleted';
      case 'rotate':
        kms.rotate(keyArn);
        return 'rotated';
    }
  }

  async #rebind(isMove: boolean): Promise<string> {
    const { store, vault } = this.scene;
    const standing = await store.head(movedAt).catch(() => undefined);
    const condition = conditionFrom(standing);
    const rebound = await rebindObject(sealedAt, movedAt, { store, vault, keyring: this.#first, condition });
    if (!isMove) return 'rebound';
    const expectedContext = contextOf(vault, movedAt.key);
    await hideSource(rebound.source, rebound.written, { from: store, to: store, expectedContext });
    return 'moved';
  }

  async #expire(at: ObjectAddress): Promise<void> {
    const { store, vault } = this.scene;
    if ((await store.head(at).catch(() => undefined)) !== undefined) {
      const verifying = { store, vault, keyring: this.#first, ...allowing, repair: true };
      expect(['sound', 'repaired']).toContain((await verifyObject(at, verifying)).status);
    }
    this.#hasExpired = true;
    for (const each of [at, { ...at, key: `${at.key}.instruction` }]) {
      for (const version of store.historyOf(each).slice(0, -1)) {
        if (version !== undefined) store.destroy(version.address);
      }
    }
  }

  async rewrap(keyring: FakeKeyring): Promise<RewrapStatus> {
    const { store, vault } = this.scene;
    const current = await keyring.currentWrapping();
    return (await rewrapObject(sealedAt, { store, vault, keyring, current })).status;
  }

  async #textOf(at: ObjectAddress, keyring: FakeKeyring): Promise<string> {
    const { store, vault } = this.scene;
    return (await openToBuffer(at, { store, vault, keyring, ...allowing })).content.toString();
  }

  /** Every version opens; none that was replaced, or deleted, came back; what was sealed anew is what it was. */
  async expectIntact(): Promise<void> {
    for (const at of objectsAt) await this.#expectHistory(at);
  }

  async #expectHistory(at: ObjectAddress): Promise<void> {
    const seen = new Set<string>();
    const texts = new Set<string>();
    let before: StoredObject | undefined;
    let textBefore: string | undefined;
    const history = this.scene.store.historyOf(at);
    for (const [index, version] of history.entries()) {
      if (version !== undefined) {
        const isCopy = seen.has(version.etag) && at === sealedAt;
        if (isCopy) expect(version.etag).toBe(before?.etag);
        const opening = this.#textOf(version.address, this.#first);
        // What was deleted has its file behind a marker: whoever takes the one away has to take the other, too.
        const isDeleted = this.#hasExpired && history.slice(index).includes(undefined);
        const text = await (isDeleted ? opening.catch(() => undefined) : opening);
        if (text === undefined) {
          before = version;
          continue;
        }
        if (at === movedAt) continue;
        if (isCopy || texts.has(text)) expect(text).toBe(textBefore);
        seen.add(version.etag);
        texts.add(text);
        textBefore = text;
      }
      before = version;
    }
  }

  /** A run alone brings the object to the other key, as it says; then nobody needs the first key any more. */
  async expectToMove(): Promise<void> {
    const { store, kms, keyArn, vault } = this.scene;
    const current = await store.head(sealedAt).catch(() => undefined);
    if (current === undefined) {
      expect(await this.act('to another key')).toBe('OBJECT_NOT_FOUND');
      return;
    }
    const text = await this.#textOf(sealedAt, this.#first);
    const first = await this.act('to another key');
    if (first === 'INSTRUCTION_FILE_STALE' || first === 'INSTRUCTION_FILE_MISSING') {
      // It says that it is not moved, and what to do.
      const verifying = { store, vault, keyring: this.#first, ...allowing, repair: true };
      expect(await verifyObject(sealedAt, verifying)).toEqual({ status: 'repaired' });
      expect(['rewrapped', 'current']).toContain(await this.act('to another key'));
    } else {
      expect(['rewrapped', 'current']).toContain(first);
    }
    expect(await this.act('to another key')).toBe('current');
    kms.setState(keyArn, 'Disabled');
    expect(await this.#textOf(sealedAt, new FakeKeyring(kms, this.otherKeyArn))).toBe(text);
  }
}
