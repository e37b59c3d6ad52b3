import { patternBytes } from '../support/bytes.ts';
import { formsLike } from './forms.ts';
import {
  attacksOn,
  contextOf,
  entryOf,
  everyOptIn,
  nameOf,
  onObject,
  set,
  type Attack,
  type Entries,
  type Forge,
  type Forgery,
  type Scene,
} from './scene.ts';

const v3 = formsLike(/^V3/);
const v3WithContext = formsLike(/^V3(, shared context|, file|$)/);
const v3InMetadata = formsLike(/^V3(, shared context)?$/);
const v2InMetadata = formsLike(/^V2(?!.*file)/);
const v2 = formsLike(/^V2/);

const v2Names = ['x-amz-key-v2', 'x-amz-wrap-alg', 'x-amz-cek-alg', 'x-amz-tag-len'];
const sharedOldNames = ['x-amz-iv', 'x-amz-matdesc', 'x-amz-unencrypted-content-length'];
const v3Names = ['x-amz-c', 'x-amz-3', 'x-amz-w', 'x-amz-d', 'x-amz-i', 'x-amz-m', 'x-amz-t'];

/** One entry of another version put on the object. */
const injected = (names: string[]): [name: string, code: 'ENVELOPE_MALFORMED', forge: Forge][] =>
  names.map((name) => [`"${name}" put on the object`, 'ENVELOPE_MALFORMED', onObject({ [name]: '115' })]);

/** The object under a V2 label, with its own data key. */
function asV2(entries: Entries, pairs?: Entries): Entries {
  return { ...entries, ...Object.fromEntries(v3Names.map((name) => [name, undefined])), ...pairs };
}

const relabelled =
  (
    wrapping: string,
    cipher: string,
    pair: 'kept' | 'fitted' | 'dropped',
    accepting?: typeof everyOptIn,
  ): Forge =>
  (scene) => {
    const isCbc = cipher.includes('CBC');
    const entries = asV2({
      'x-amz-key-v2': entryOf(scene.mine, 'x-amz-3'),
      'x-amz-wrap-alg': wrapping,
      'x-amz-cek-alg': cipher,
      'x-amz-iv': Buffer.alloc(isCbc ? 16 : 12, 0x01).toString('base64'),
      'x-amz-matdesc': JSON.stringify(withPair(contextOf(scene), cipher, pair)),
      ...(isCbc ? {} : { 'x-amz-tag-len': '128' }),
    });
    return { ...set(entries, accepting && { policy: accepting })(scene), ...wholeBlocks(scene) };
  };

function withPair(
  { 'aws:x-amz-cek-alg': own = '', ...context }: Record<string, string>,
  fitted: string,
  pair: 'kept' | 'fitted' | 'dropped',
): Record<string, string> {
  if (pair === 'dropped') return context;
  return { ...context, 'aws:x-amz-cek-alg': pair === 'kept' ? own : fitted };
}

const gcm = 'AES/GCM/NoPadding';
const cbc = 'AES/CBC/PKCS5Padding';

const asV1 =
  (accepting?: typeof everyOptIn): Forge =>
  (scene) => {
    const entries = asV2({
      'x-amz-key': entryOf(scene.mine, 'x-amz-3'),
      'x-amz-iv': Buffer.alloc(16, 0x01).toString('base64'),
      'x-amz-matdesc': entryOf(scene.mine, 'x-amz-t'),
    });
    return { ...set(entries, accepting && { policy: accepting })(scene), ...wholeBlocks(scene) };
  };

/** CBC has whole blocks only: a content of another length is refused for that alone. */
function wholeBlocks({ mine: { sealed } }: Scene): Forgery {
  return { sealed: sealed.subarray(0, sealed.length - (sealed.length % 16)) };
}

/** The V2 object under a V3 label, with its own data key. */
const asV3 =
  (pair: 'kept' | 'fitted'): Forge =>
  (scene: Scene) =>
    set({
      ...Object.fromEntries([...v2Names, ...sharedOldNames].map((name) => [name, undefined])),
      'x-amz-c': '115',
      'x-amz-3': entryOf(scene.mine, 'x-amz-key-v2'),
      'x-amz-w': '12',
      'x-amz-d': patternBytes(28, 'commitment').toString('base64'),
      'x-amz-i': patternBytes(28, 'message id').toString('base64'),
      'x-amz-t': JSON.stringify(withPair(contextOf(scene), '115', pair)),
    })(scene);

/** What the object says that it is: names and algorithms of its envelope. */
export const onFormat: Attack[] = [
  ...attacksOn(
    v3,
    ...injected([...v2Names, 'x-amz-key', ...sharedOldNames]),
    ['suite relabelled to one without commitment', 'ENVELOPE_MALFORMED', set({ 'x-amz-c': '114' })],
    ['suite relabelled to CTR with commitment', 'ENVELOPE_MALFORMED', set({ 'x-amz-c': '116' })],
    ['suite relabelled to CBC', 'ENVELOPE_MALFORMED', set({ 'x-amz-c': '112' })],
    ['suite relabelled by its V2 name', 'ENVELOPE_MALFORMED', set({ 'x-amz-c': gcm })],
    ['suite written with a zero before it', 'ENVELOPE_MALFORMED', set({ 'x-amz-c': '0115' })],
    ['wrapping unheard of', 'ENVELOPE_UNSUPPORTED', set({ 'x-amz-w': '99' })],
    ['wrapping taken away', 'ENVELOPE_MALFORMED', set({ 'x-amz-w': undefined })],
    ['wrapping lowered from "12" to "kms"', 'ENVELOPE_UNSUPPORTED', set({ 'x-amz-w': 'kms' })],
    [
      'wrapping lowered from "12" to "kms", every opt-in turned on',
      'ENVELOPE_UNSUPPORTED',
      set({ 'x-amz-w': 'kms' }, { policy: everyOptIn }),
    ],
    ['wrapping lowered to its legacy number', 'ENVELOPE_UNSUPPORTED', set({ 'x-amz-w': '11' })],
  ),
  ...attacksOn(
    v3WithContext,
    ['wrapping lowered to raw AES', 'ENVELOPE_MALFORMED', set({ 'x-amz-w': '02' })],
    ['wrapping lowered to RSA', 'ENVELOPE_MALFORMED', set({ 'x-amz-w': '22' })],
    ['material description injected', 'ENVELOPE_MALFORMED', set({ 'x-amz-m': '{}' })],
    [
      'context copied into a material description',
      'ENVELOPE_MALFORMED',
      set(({ mine }) => ({ 'x-amz-m': entryOf(mine, 'x-amz-t') })),
    ],
    [
      'context moved into a material description, wrapping lowered to raw AES',
      'CONTEXT_MISMATCH',
      set(({ mine }) => ({ 'x-amz-w': '02', 'x-amz-m': entryOf(mine, 'x-amz-t'), 'x-amz-t': undefined })),
    ],
    [
      'context moved into a material description, wrapping lowered to "kms", every opt-in turned on',
      'ENVELOPE_UNSUPPORTED',
      set(({ mine }) => ({ 'x-amz-w': 'kms', 'x-amz-m': entryOf(mine, 'x-amz-t'), 'x-amz-t': undefined }), {
        policy: everyOptIn,
      }),
    ],
  ),
  ...attacksOn(
    v3InMetadata,
    ['V3 relabelled as V2', 'ENVELOPE_MALFORMED', relabelled('kms+context', gcm, 'kept')],
    [
      'V3 relabelled as V2, its context made to fit',
      'COMMITMENT_REQUIRED',
      relabelled('kms+context', gcm, 'fitted'),
    ],
    [
      'V3 relabelled as V2, for a reader of V2',
      'ENVELOPE_MALFORMED',
      relabelled('kms+context', gcm, 'kept', everyOptIn),
    ],
    [
      'V3 relabelled as V2, its context made to fit, for a reader of V2',
      'AUTHENTICATION_FAILED',
      relabelled('kms+context', gcm, 'fitted', everyOptIn),
    ],
    [
      'V3 relabelled as V2 with the wrapping "kms"',
      'LEGACY_WRAPPING_DISABLED',
      relabelled('kms', gcm, 'dropped'),
    ],
    [
      'V3 relabelled as V2 with the wrapping "kms", every opt-in turned on',
      'ENVELOPE_MALFORMED',
      relabelled('kms', gcm, 'kept', everyOptIn),
    ],
    [
      'V3 relabelled as V2 with the wrapping "kms", its context made to fit, every opt-in turned on',
      'AUTHENTICATION_FAILED',
      relabelled('kms', gcm, 'dropped', everyOptIn),
    ],
    ['envelope taken away', 'NOT_SEALED', () => ({ metadata: { title: 'plain' } })],
  ),
  ...attacksOn(
    v3InMetadata,
    ['V3 relabelled as CBC', 'LEGACY_CONTENT_DISABLED', relabelled('kms+context', cbc, 'fitted')],
    [
      'V3 relabelled as CBC, its context made to fit, every opt-in turned on',
      'AUTHENTICATION_FAILED',
      relabelled('kms+context', cbc, 'fitted', everyOptIn),
    ],
    ['V3 relabelled as V1', 'LEGACY_WRAPPING_DISABLED', asV1()],
    ['V3 relabelled as V1, every opt-in turned on', 'CONTEXT_MISMATCH', asV1(everyOptIn)],
  ),
  ...attacksOn(v2InMetadata, ...injected(v3Names), [
    'V3 headers spoofed',
    'ENVELOPE_MALFORMED',
    onObject({ 'x-amz-c': '115', 'x-amz-w': '12' }),
  ]),
  ...attacksOn(formsLike(/^V2.*file/), ...injected(v3Names)),
  ...attacksOn(formsLike(/^V2(, shared context|, file)?$/), [
    'V2 relabelled as V3',
    'ENVELOPE_MALFORMED',
    asV3('kept'),
  ]),
  ...attacksOn(formsLike(/^V2(, shared context)?$/), [
    'V2 relabelled as V3, its context made to fit',
    'AUTHENTICATION_FAILED',
    asV3('fitted'),
  ]),
  ...attacksOn(
    v2,
    ['content relabelled to CTR', 'ENVELOPE_UNSUPPORTED', set({ 'x-amz-cek-alg': 'AES/CTR/NoPadding' })],
    ['content algorithm unheard of', 'ENVELOPE_UNSUPPORTED', set({ 'x-amz-cek-alg': 'toString' })],
    ['content algorithm taken away', 'ENVELOPE_MALFORMED', set({ 'x-amz-cek-alg': undefined })],
    ['V2 wrapping unheard of', 'ENVELOPE_UNSUPPORTED', set({ 'x-amz-wrap-alg': 'hasOwnProperty' })],
    ['V2 wrapping by its V3 number', 'ENVELOPE_UNSUPPORTED', set({ 'x-amz-wrap-alg': '12' })],
    [
      'data key taken away',
      'ENVELOPE_MALFORMED',
      (scene) => set({ [nameOf('dataKey', scene)]: undefined })(scene),
    ],
  ),
];
