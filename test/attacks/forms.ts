import {
  committingSuite,
  gcmSuite,
  splitEnvelope,
  startSeal,
  type AlgorithmSuite,
  type Keyring,
  type OpenPolicy,
  type PlaintextDataKey,
} from '../../envelope/index.ts';
import { sealDrop } from '../../operations/seal-drop.ts';
import { contextOf, type Vault } from '../../operations/vault.ts';
import { gather, inChunks, patternBytes } from '../support/bytes.ts';
import { FakeKms } from '../support/fake-kms.ts';
import { keyringOver } from '../support/mock-kms.ts';
import { createWorld } from '../support/world.ts';
import { legacyObject, type LegacyForm } from './legacy-forms.ts';
import { rawAesKeyring, rawRsaKeyring } from './raw-keys.ts';
import { CURRENT_VERSION, everyOptIn, type Scene, type Stored } from './scene.ts';

/** The name of a form. */
export type FormName =
  | 'V3'
  | 'V3, shared context'
  | 'V3, file'
  | 'V3, file, shared context'
  | 'V3, raw AES'
  | 'V3, raw RSA'
  | 'V2'
  | 'V2, shared context'
  | 'V2, file'
  | 'V2, raw AES'
  | 'V2, raw RSA'
  | 'V2, kms'
  | 'V2, AESWrap'
  | 'V2, RSA'
  | 'V2, OAEP of Java'
  | 'V2, kms, CBC'
  | 'V2, kms, CBC, file'
  | 'V1, AES, CBC'
  | 'V1, RSA, CBC';

/** What a form of storing an object is made of. */
interface Form {
  readonly version: Scene['version'];
  readonly make: (key: string, plaintext: Buffer) => Promise<Stored>;
  readonly keyring: Keyring;
  readonly vault: Vault;
  /** What its honest reader accepts. */
  readonly policy: OpenPolicy;
}

/** Every plaintext data key that a reader was given. */
export const handedOut: Uint8Array[] = [];

/** The keys of the two objects of a scene. */
export const myKey = 'in/a.txt';
const otherKey = 'in/b.txt';

/** The length of the content, in bytes: more than two chunks of the store, and no whole number of blocks. */
const contentBytes = 2500;

const kms = new FakeKms();
const keyArn = kms.createKey();
const kmsKeyring = keyringOver(kms, keyArn).keyring;

const bound: Vault = { vaultId: 'archive', binding: 'object' };
const shared: Vault = { vaultId: 'archive', binding: 'vault' };
const unbound: Vault = { vaultId: 'archive', binding: 'none' };
const allowing: OpenPolicy = { commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT' };

/** The keyring, where every data key that it opens is kept in sight. */
export function watched(keyring: Keyring): Keyring {
  return {
    generateDataKey: (...request) => keyring.generateDataKey(...request),
    decryptDataKey: async (...request): Promise<PlaintextDataKey> => {
      const dataKey = await keyring.decryptDataKey(...request);
      handedOut.push(dataKey.plaintext);
      return dataKey;
    },
  };
}

/** What the pipeline makes of a dropped file. */
function fromPipeline(): Form {
  const make = async (key: string, plaintext: Buffer): Promise<Stored> => {
    const { store, options, drop, sealedAt } = createWorld();
    const name = key.slice('in/'.length);
    await sealDrop(drop(name, plaintext), { ...options, keyring: kmsKeyring });
    const { metadata } = await store.head(sealedAt(name));
    return { sealed: store.contentOf(sealedAt(name)), metadata };
  };
  return { version: 'V3', make, keyring: kmsKeyring, vault: bound, policy: {} };
}

/** What is sealed today, in either format. */
function sealed(suite: AlgorithmSuite, vault: Vault, keyring: Keyring, inFile = false): Form {
  const make = async (key: string, plaintext: Buffer): Promise<Stored> => {
    const { encryptor, metadata } = await startSeal(keyring, contextOf(vault, key), { suite });
    const content = await gather(encryptor.encrypt(inChunks(plaintext)));
    if (!inFile) return { sealed: content, metadata };
    const { object, instructionFile } = splitEnvelope(metadata);
    const records = { 'sealdrop-instruction-version': CURRENT_VERSION };
    return { sealed: content, metadata: { ...object, ...records }, file: instructionFile };
  };
  const version = suite.isCommitting ? 'V3' : 'V2';
  return { version, make, keyring, vault, policy: suite.isCommitting ? {} : allowing };
}

/** What only older clients wrote. */
function legacy(form: LegacyForm, keyring: Keyring, inFile = false): Form {
  const make = (_key: string, plaintext: Buffer): Promise<Stored> => {
    const { metadata, content } = legacyObject(form, plaintext, { kms, keyArn });
    const stored = inFile ? { sealed: content, metadata: {}, file: metadata } : { sealed: content, metadata };
    return Promise.resolve(stored);
  };
  return {
    version: form.startsWith('V1') ? 'V1' : 'V2',
    make,
    keyring,
    vault: unbound,
    policy: everyOptIn,
  };
}

/**
 * The forms in which an object can be stored. Where two objects of a form share their context, nothing but
 * the content's own format tells them apart.
 */
const forms: Record<FormName, Form> = {
  V3: fromPipeline(),
  'V3, shared context': sealed(committingSuite, shared, kmsKeyring),
  'V3, file': sealed(committingSuite, bound, kmsKeyring, true),
  'V3, file, shared context': sealed(committingSuite, shared, kmsKeyring, true),
  'V3, raw AES': sealed(committingSuite, unbound, rawAesKeyring),
  'V3, raw RSA': sealed(committingSuite, unbound, rawRsaKeyring),
  V2: sealed(gcmSuite, bound, kmsKeyring),
  'V2, shared context': sealed(gcmSuite, shared, kmsKeyring),
  'V2, file': sealed(gcmSuite, bound, kmsKeyring, true),
  'V2, raw AES': sealed(gcmSuite, unbound, rawAesKeyring),
  'V2, raw RSA': sealed(gcmSuite, unbound, rawRsaKeyring),
  'V2, kms': legacy('V2 kms GCM', kmsKeyring),
  'V2, AESWrap': legacy('V2 AESWrap GCM', rawAesKeyring),
  'V2, RSA': legacy('V2 RSA GCM', rawRsaKeyring),
  'V2, OAEP of Java': legacy('V2 OAEP GCM', rawRsaKeyring),
  'V2, kms, CBC': legacy('V2 kms CBC', kmsKeyring),
  'V2, kms, CBC, file': legacy('V2 kms CBC', kmsKeyring, true),
  'V1, AES, CBC': legacy('V1 AES CBC', rawAesKeyring),
  'V1, RSA, CBC': legacy('V1 RSA CBC', rawRsaKeyring),
};

/** Every form. */
export const formNames: readonly FormName[] = Object.keys(forms) as FormName[];

/** The forms whose names begin so, or hold this. */
export function formsLike(pattern: RegExp): FormName[] {
  return formNames.filter((name) => pattern.test(name));
}

/** The forms whose content is authenticated. */
export const authenticatedForms: readonly FormName[] = formsLike(/^(?!.*CBC)/);

const scenes = new Map<FormName, Promise<Scene>>();

/** The scene of a form: two objects, sealed once. */
export function sceneOf(name: FormName): Promise<Scene> {
  const scene = scenes.get(name) ?? sealScene(name);
  scenes.set(name, scene);
  return scene;
}

/** A scene of the same form with a content of this length. */
export async function sealScene(name: FormName, lengthBytes: number = contentBytes): Promise<Scene> {
  const { version, make, keyring, vault, policy } = forms[name];
  const plaintext = patternBytes(lengthBytes, 'mine');
  const mine = await make(myKey, plaintext);
  const other = await make(otherKey, patternBytes(lengthBytes, 'other'));
  return { version, mine, other, plaintext, reader: { keyring, vault, policy }, kms, keyArn };
}
