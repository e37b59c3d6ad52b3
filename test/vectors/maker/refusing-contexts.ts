import {
  inInstructionFile,
  refuses,
  sealV2,
  sealV3,
  type Changes,
  type Draft,
  type Sealed,
} from './objects.ts';
import type { Pairs, Reason } from './schema.ts';
import { aesGcm, kms, kmsLegacy } from './wrappings.ts';

const context = { team: 'blue', 'data class': 'internal' };
const v3 = sealV3('V3/kms+context/bound', kms(context));
const v3File = inInstructionFile(sealV3('V3/kms+context/instruction file/bound', kms(context)));
const v3Sibling = sealV3('V3/kms+context/bound to the same', kms(context));
const v3Stranger = sealV3('V3/kms+context/bound to another context', kms({ team: 'green' }));
const v2 = sealV2('V2/kms+context/bound', kms(context));
const v2Sibling = sealV2('V2/kms+context/bound to the same', kms(context));
const v2Stranger = sealV2('V2/kms+context/bound to another context', kms({ team: 'green' }));
const v2Mail = sealV2('V2/kms/bound', kmsLegacy({ kms_cmk_id: 'alias/vectors', id: '1' }));

/** Objects that are bound to another context, or hold parts of another object. */
export function refuseContexts(): Draft[] {
  return [...expectations(), ...changes(), ...exchanged(), ...commitments()];
}

/** A reader that expects another context. */
function expectations(): Draft[] {
  const expected: readonly (readonly [what: string, encryptionContext: Pairs])[] = [
    ['no context expected', {}],
    ['a pair more expected', { ...context, vault: 'main' }],
    ['a pair less expected', { team: 'blue' }],
    ['another value expected', { ...context, team: 'green' }],
    ['another name expected', { 'data class': 'internal', teams: 'blue' }],
    ['another case expected', { ...context, team: 'Blue' }],
  ];
  const asked = (sealed: Sealed, what: string, encryptionContext: Pairs, comment?: string) =>
    refuses(sealed, what, 'context-mismatch', {
      reader: { encryptionContext },
      ...(comment === undefined ? {} : { comment, strict: true }),
    });
  return [
    ...[v3, v3File, v2].flatMap((sealed) => expected.map(([what, pairs]) => asked(sealed, what, pairs))),
    asked(v2Mail, 'a pair expected that is not there', { team: 'blue' }),
    asked(v2Mail, 'another value expected', { id: '2' }),
    asked(
      v3,
      'the algorithm’s pair expected by name',
      { ...context, 'aws:x-amz-cek-alg': '115' },
      'callers do not pass the pairs of the format’s own',
    ),
    asked(
      sealV3('V3/AES-GCM/bound', aesGcm()),
      'a context expected',
      context,
      'a raw key binds to no context, so that an expected one is never met',
    ),
  ];
}

/** What is stored of the context, changed. */
function changes(): Draft[] {
  const stored: readonly (readonly [what: string, context: Pairs, reason: Reason])[] = [
    ['a stored value changed', { ...context, team: 'green' }, 'context-mismatch'],
    ['a stored pair added', { ...context, more: 'yes' }, 'context-mismatch'],
    ['a stored pair taken away', { team: 'blue' }, 'context-mismatch'],
    ['a key id added to what is stored', { ...context, kms_cmk_id: 'alias/other' }, 'data-key-refused'],
  ];
  const objects: readonly (readonly [sealed: Sealed, name: string, algorithm: string])[] = [
    [v3, 'x-amz-t', '115'],
    [v2, 'x-amz-matdesc', 'AES/GCM/NoPadding'],
  ];
  return objects.flatMap(([sealed, name, algorithm]) => [
    ...stored.map(([what, pairs, reason]) =>
      refuses(sealed, what, reason, { set: { [name]: text(pairs, algorithm) } }),
    ),
    refuses(sealed, 'a stored value and the expected one changed alike', 'data-key-refused', {
      set: { [name]: text({ ...context, team: 'green' }, algorithm) },
      reader: { encryptionContext: { ...context, team: 'green' } },
    }),
    refuses(sealed, 'the algorithm’s pair changed', 'malformed-envelope', {
      set: { [name]: text(context, '114') },
    }),
    refuses(sealed, 'the algorithm’s pair taken away', 'malformed-envelope', {
      set: { [name]: JSON.stringify(context) },
    }),
  ]);
}

function text(pairs: Pairs, algorithm: string): string {
  return JSON.stringify({ ...pairs, 'aws:x-amz-cek-alg': algorithm });
}

/** Parts of another object in the place of an object's own. */
function exchanged(): Draft[] {
  const taken = (sealed: Sealed, what: string, reason: Reason, from: Sealed, ...names: string[]) =>
    refuses(sealed, `${what} of ${from.name}`, reason, {
      set: Object.fromEntries(names.map((name) => [name, from.metadata[name]])),
      from: [from],
    });
  const whole = (sealed: Sealed, from: Sealed, reason: Reason, body: boolean) =>
    refuses(sealed, `all${body ? '' : ' but the body'} of ${from.name}`, reason, {
      set: from.metadata,
      ...(body ? { body: from.body } : {}),
      from: [from],
    });
  return [
    taken(v3, 'encrypted data key', 'commitment-mismatch', v3Sibling, 'x-amz-3'),
    taken(v3, 'encrypted data key', 'data-key-refused', v3Stranger, 'x-amz-3'),
    taken(v3, 'encrypted data key and context', 'context-mismatch', v3Stranger, 'x-amz-3', 'x-amz-t'),
    taken(v3, 'encrypted data key and commitment', 'commitment-mismatch', v3Sibling, 'x-amz-3', 'x-amz-d'),
    whole(v3, v3Sibling, 'content-not-authentic', false),
    whole(v3, v3Stranger, 'context-mismatch', true),
    taken(v2, 'encrypted data key', 'content-not-authentic', v2Sibling, 'x-amz-key-v2'),
    taken(v2, 'encrypted data key', 'data-key-refused', v2Stranger, 'x-amz-key-v2'),
    taken(v2, 'IV', 'content-not-authentic', v2Sibling, 'x-amz-iv'),
    whole(v2, v2Sibling, 'content-not-authentic', false),
    whole(v2, v2Stranger, 'context-mismatch', true),
  ];
}

/** Commitments that are not those of the data key. */
function commitments(): Draft[] {
  const zeros = Buffer.alloc(28).toString('base64');
  const { 'x-amz-d': otherCommitment, 'x-amz-i': otherMessageId } = v3Sibling.metadata;
  return [v3, v3File].flatMap((sealed) => {
    const { 'x-amz-d': commitment, 'x-amz-i': messageId } = sealed.metadata;
    const forged: readonly (readonly [what: string, set: Changes])[] = [
      ['commitment of another object', { 'x-amz-d': otherCommitment }],
      ['message id of another object', { 'x-amz-i': otherMessageId }],
      [
        'commitment and message id of another object',
        { 'x-amz-d': otherCommitment, 'x-amz-i': otherMessageId },
      ],
      ['commitment of nothing but zeros', { 'x-amz-d': zeros }],
      ['message id of nothing but zeros', { 'x-amz-i': zeros }],
      ['commitment and message id exchanged', { 'x-amz-d': messageId, 'x-amz-i': commitment }],
    ];
    return forged.map(([what, set]) => refuses(sealed, what, 'commitment-mismatch', { set }));
  });
}
