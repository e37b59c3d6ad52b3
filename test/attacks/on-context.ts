import type { Vault } from '../../operations/vault.ts';
import { formsLike } from './forms.ts';
import { attacksOn, set, withContext, type Attack, type Forge, type Reader } from './scene.ts';

const withAnyContext = formsLike(/^V[23](, shared context|, file|$)/);
const bound = formsLike(/^V[23](, file)?$/);
const raw = formsLike(/raw|V1|AESWrap|V2, (RSA|OAEP)/);

const readerOf =
  (changes: Partial<Vault>): Forge =>
  ({ reader: { vault } }) => ({ reader: { vault: { ...vault, ...changes } } });

const rewritten = (rewrite: (context: string) => string): Forge =>
  set((scene) => {
    const name = scene.version === 'V3' ? 'x-amz-t' : 'x-amz-matdesc';
    return { [name]: rewrite(scene.mine.file?.[name] ?? scene.mine.metadata[name] ?? '') };
  });

/** What stands in the place of a context where a raw key wrapped. */
const described = (description: string, reader?: Partial<Reader>): Forge =>
  set(({ version }) => ({ [version === 'V3' ? 'x-amz-m' : 'x-amz-matdesc']: description }), reader);

const anotherReader = { vault: { vaultId: 'other', binding: 'object' } } as const;

/** Attacks on the encryption context: the stored one, and what the reader expects. */
export const onContext: Attack[] = [
  ...attacksOn(
    withAnyContext,
    ['vault renamed', 'CONTEXT_MISMATCH', withContext({ 'sealdrop-vault': 'other' })],
    ['vault renamed in capitals', 'CONTEXT_MISMATCH', withContext({ 'sealdrop-vault': 'ARCHIVE' })],
    ['vault taken away', 'CONTEXT_MISMATCH', withContext({ 'sealdrop-vault': undefined })],
    ['a pair added', 'CONTEXT_MISMATCH', withContext({ team: 'blue' })],
    ['a pair named like the prototype added', 'CONTEXT_MISMATCH', rewritten(withPrototypePair)],
    ['a pair of the old format added', 'AUTHENTICATION_FAILED', withContext({ kms_cmk_id: 'arn' })],
    ['algorithm relabelled', 'ENVELOPE_MALFORMED', withContext({ 'aws:x-amz-cek-alg': '114' })],
    ['algorithm taken away', 'ENVELOPE_MALFORMED', withContext({ 'aws:x-amz-cek-alg': undefined })],
    ['context taken away', 'ENVELOPE_MALFORMED', set({ 'x-amz-t': undefined, 'x-amz-matdesc': undefined })],
    ['context emptied of its pairs', 'ENVELOPE_MALFORMED', rewritten(() => '{}')],
    ['context emptied', 'ENVELOPE_MALFORMED', rewritten(() => '')],
    ['context not JSON', 'ENVELOPE_MALFORMED', rewritten(() => '{"')],
    ['context an array', 'ENVELOPE_MALFORMED', rewritten((json) => `[${json}]`)],
    ['context a text', 'ENVELOPE_MALFORMED', rewritten((json) => JSON.stringify(json))],
    ['context null', 'ENVELOPE_MALFORMED', rewritten(() => 'null')],
    ['context with a number', 'ENVELOPE_MALFORMED', rewritten((json) => json.replace('{', '{"team":1,'))],
    ['context with an object', 'ENVELOPE_MALFORMED', rewritten((json) => json.replace('{', '{"team":{},'))],
    ['context with something behind it', 'ENVELOPE_MALFORMED', rewritten((json) => `${json}{}`)],
    [
      'context in a character set that nobody knows',
      'ENVELOPE_MALFORMED',
      rewritten((json) => `=?x-none?B?${Buffer.from(json).toString('base64')}?=`),
    ],
    ['context nested a thousand deep', 'ENVELOPE_MALFORMED', rewritten(() => '['.repeat(1000))],
    ['a reader of another vault', 'CONTEXT_MISMATCH', readerOf({ vaultId: 'other' })],
    ['a reader who expects nothing', 'CONTEXT_MISMATCH', readerOf({ binding: 'none' })],
    ['a reader who expects more', 'CONTEXT_MISMATCH', readerOf({ extraContext: { team: 'blue' } })],
  ),
  ...attacksOn(
    bound,
    ['object key taken away', 'CONTEXT_MISMATCH', withContext({ 'sealdrop-key-sha256': undefined })],
    [
      'object key of another object',
      'CONTEXT_MISMATCH',
      withContext({ 'sealdrop-key-sha256': 'ab'.repeat(32) }),
    ],
    ['a reader who expects less', 'CONTEXT_MISMATCH', readerOf({ binding: 'vault' })],
    [
      'the vault that the reader expects, made to fit',
      'AUTHENTICATION_FAILED',
      withContext({ 'sealdrop-vault': 'other' }, anotherReader),
    ],
  ),
  ...attacksOn(formsLike(/^V2, kms$/), [
    'a pair of the reader added to a wrapping without context',
    'AUTHENTICATION_FAILED',
    withContext({ 'sealdrop-vault': 'archive' }),
  ]),
  ...attacksOn(formsLike(/^V2, kms/), [
    'a reader who expects a context that the wrapping "kms" does not have',
    'CONTEXT_MISMATCH',
    readerOf({ binding: 'vault' }),
  ]),
  ...attacksOn(raw, [
    'a reader who expects a context that raw keys do not have',
    'CONTEXT_MISMATCH',
    readerOf({ binding: 'vault' }),
  ]),
  ...attacksOn(
    formsLike(/raw|V2, (RSA|OAEP)|AESWrap/),
    ['description of a raw key not JSON', 'ENVELOPE_MALFORMED', described('{"')],
    ['description of a raw key an array', 'ENVELOPE_MALFORMED', described('["a"]')],
    ['description of a raw key null', 'ENVELOPE_MALFORMED', described('null')],
    ['description of a raw key with a number', 'ENVELOPE_MALFORMED', described('{"a":1}')],
  ),
  ...attacksOn(formsLike(/raw|V2, (RSA|OAEP)|AESWrap/), [
    'a context made to fit, which raw keys do not have',
    'CONTEXT_MISMATCH',
    described('{"sealdrop-vault":"archive"}', { vault: { vaultId: 'archive', binding: 'vault' } }),
  ]),
];

/** JSON that sets a prototype where it is copied carelessly. */
function withPrototypePair(context: string): string {
  return context.replace(/^\{/, '{"__proto__":"polluted",');
}
