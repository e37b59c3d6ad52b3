import type { OpenPolicy } from '../../envelope/index.ts';
import { formsLike } from './forms.ts';
import {
  attacksOn,
  attacksSeenByTag,
  everyOptIn,
  nameOf,
  body,
  set,
  contextOf,
  edited,
  type Attack,
  type Entries,
  type Forge,
  type Scene,
} from './scene.ts';

const v2 = formsLike(/^V2(, shared context|, file|, raw AES|, raw RSA)?$/);
const v2UnderKms = formsLike(/^V2(, shared context|, file)?$/);
const v2Raw = formsLike(/^V2, raw/);
const legacyWrapped = formsLike(/^(V1|V2, (kms|AESWrap|RSA|OAEP))/);
const legacyGcm = formsLike(/^V2, (kms|AESWrap|RSA|OAEP of Java)$/);
const cbc = formsLike(/CBC/);
const v2Cbc = formsLike(/^V2.*CBC/);

const asReader =
  (policy: OpenPolicy): Forge =>
  () => ({ reader: { policy } });
const { commitmentPolicy } = everyOptIn as Required<typeof everyOptIn>;

const cbcCipher = 'AES/CBC/PKCS5Padding';

/** The content under the label of CBC, and cut to whole blocks: another length is refused for that alone. */
const toCbc =
  ({ fitted = false, policy }: { fitted?: boolean; policy?: OpenPolicy } = {}): Forge =>
  (scene) => {
    const { sealed } = scene.mine;
    const relabelled = set({
      'x-amz-cek-alg': cbcCipher,
      'x-amz-iv': Buffer.alloc(16, 0x01).toString('base64'),
      'x-amz-tag-len': undefined,
      ...(fitted ? pairInContext(cbcCipher)(scene) : {}),
    })(scene);
    const cut = sealed.subarray(0, sealed.length - (sealed.length % 16));
    return { ...relabelled, sealed: cut, ...(policy && { reader: { policy } }) };
  };

/** The wrapping under the label "kms". */
const toKms =
  ({ fitted = false, policy }: { fitted?: boolean; policy?: OpenPolicy } = {}): Forge =>
  (scene) => {
    const context = fitted ? pairInContext(undefined)(scene) : {};
    return set({ 'x-amz-wrap-alg': 'kms', ...context }, policy && { policy })(scene);
  };

/** The context's own record of the algorithm, changed with the label. */
const pairInContext =
  (pair: string | undefined) =>
  (scene: Scene): Entries => ({
    [nameOf('context', scene)]: JSON.stringify(edited(contextOf(scene), { 'aws:x-amz-cek-alg': pair })),
  });

/** What older formats allow, and a reader allows only on request. */
export const onLegacy: Attack[] = [
  ...attacksOn(
    v2,
    ['V2 for a reader who requires commitment', 'COMMITMENT_REQUIRED', asReader({})],
    [
      'V2 for a reader who requires commitment, both opt-ins turned on',
      'COMMITMENT_REQUIRED',
      asReader({ legacyWrapping: true, legacyContent: true }),
    ],
    ['length of the tag lowered', 'ENVELOPE_MALFORMED', set({ 'x-amz-tag-len': '32' })],
    ['length of the tag taken away', 'ENVELOPE_MALFORMED', set({ 'x-amz-tag-len': undefined })],
    ['IV cut', 'ENVELOPE_MALFORMED', set({ 'x-amz-iv': Buffer.alloc(11).toString('base64') })],
    ['IV of CBC for GCM', 'ENVELOPE_MALFORMED', set({ 'x-amz-iv': Buffer.alloc(16).toString('base64') })],
    ['IV taken away', 'ENVELOPE_MALFORMED', set({ 'x-amz-iv': undefined })],
    ['noted length no number', 'ENVELOPE_MALFORMED', set({ 'x-amz-unencrypted-content-length': '1e3' })],
  ),
  ...attacksSeenByTag(v2, v2, [
    'IV altered',
    'AUTHENTICATION_FAILED',
    set({ 'x-amz-iv': Buffer.alloc(12).toString('base64') }),
  ]),
  ...attacksOn(
    v2UnderKms,
    ['GCM lowered to CBC', 'ENVELOPE_MALFORMED', toCbc()],
    ['GCM lowered to CBC, every opt-in turned on', 'ENVELOPE_MALFORMED', toCbc({ policy: everyOptIn })],
  ),
  ...attacksOn(
    v2UnderKms,
    ['GCM lowered to CBC, its context made to fit', 'LEGACY_CONTENT_DISABLED', toCbc({ fitted: true })],
    [
      'GCM lowered to CBC, its context made to fit, a legacy wrapping allowed',
      'LEGACY_CONTENT_DISABLED',
      toCbc({ fitted: true, policy: { commitmentPolicy, legacyWrapping: true } }),
    ],
    [
      'GCM lowered to CBC, its context made to fit, every opt-in turned on',
      'AUTHENTICATION_FAILED',
      toCbc({ fitted: true, policy: everyOptIn }),
    ],
  ),
  ...attacksOn(
    v2UnderKms,
    ['wrapping lowered from "kms+context" to "kms"', 'ENVELOPE_MALFORMED', toKms()],
    [
      'wrapping lowered from "kms+context" to "kms", its context made to fit',
      'LEGACY_WRAPPING_DISABLED',
      toKms({ fitted: true }),
    ],
    [
      'wrapping lowered from "kms+context" to "kms", every opt-in turned on',
      'ENVELOPE_MALFORMED',
      toKms({ policy: everyOptIn }),
    ],
    [
      'wrapping lowered from "kms+context" to "kms", its context made to fit, every opt-in turned on',
      'AUTHENTICATION_FAILED',
      toKms({ fitted: true, policy: everyOptIn }),
    ],
  ),
  ...attacksOn(
    v2Raw,
    ['GCM lowered to CBC under a raw key', 'LEGACY_CONTENT_DISABLED', toCbc()],
    [
      'GCM lowered to CBC under a raw key, every opt-in turned on',
      'AUTHENTICATION_FAILED',
      toCbc({ policy: everyOptIn }),
    ],
  ),
  ...attacksOn(
    formsLike(/^V2, raw AES$/),
    [
      'wrapping lowered from AES-GCM to AES key wrap, every opt-in turned on',
      'AUTHENTICATION_FAILED',
      set({ 'x-amz-wrap-alg': 'AESWrap' }, { policy: everyOptIn }),
    ],
    [
      'wrapping lowered from AES-GCM to plain AES, every opt-in turned on',
      'AUTHENTICATION_FAILED',
      set({ 'x-amz-wrap-alg': 'AES' }, { policy: everyOptIn }),
    ],
  ),
  ...attacksOn(formsLike(/^V2, raw RSA$/), [
    'wrapping lowered from RSA-OAEP to PKCS #1 v1.5',
    'LEGACY_WRAPPING_DISABLED',
    set({ 'x-amz-wrap-alg': 'RSA' }),
  ]),
  ...attacksOn(legacyWrapped, [
    'legacy wrapping for a reader without the opt-in',
    'LEGACY_WRAPPING_DISABLED',
    asReader({ commitmentPolicy, legacyContent: true }),
  ]),
  ...attacksOn(legacyGcm, [
    'legacy wrapping for a reader who requires commitment',
    'COMMITMENT_REQUIRED',
    asReader({ legacyWrapping: true }),
  ]),
  ...attacksOn(
    cbc,
    [
      'CBC for a reader without the opt-in',
      'LEGACY_CONTENT_DISABLED',
      asReader({ commitmentPolicy, legacyWrapping: true }),
    ],
    [
      'CBC for a reader who requires commitment',
      'COMMITMENT_REQUIRED',
      asReader({ legacyWrapping: true, legacyContent: true }),
    ],
    ['CBC cut within a block', 'AUTHENTICATION_FAILED', body((sealed) => sealed.subarray(0, -1))],
    [
      'CBC with a byte added',
      'AUTHENTICATION_FAILED',
      body((sealed) => Buffer.concat([sealed, Buffer.of(0)])),
    ],
    ['IV of GCM for CBC', 'ENVELOPE_MALFORMED', set({ 'x-amz-iv': Buffer.alloc(12).toString('base64') })],
  ),
  ...attacksOn(cbc, ['CBC emptied', 'AUTHENTICATION_FAILED', body(() => Buffer.alloc(0))]).map(
    (attack): Attack => ({ ...attack, codeInRanges: 'RANGE_INVALID' }),
  ),
  ...attacksOn(v2Cbc, ['length of a tag for CBC', 'ENVELOPE_MALFORMED', set({ 'x-amz-tag-len': '128' })]),
];
