import { asciiContexts, encodedContexts, writtenContexts } from './contexts.ts';
import {
  inInstructionFile,
  opens,
  sealV1,
  sealV2,
  sealV2Cbc,
  written,
  type Sealed,
  type Draft,
} from './objects.ts';
import { lengths } from './opening-v3.ts';
import type { Pairs } from './schema.ts';
import { aesEcb, aesGcm, aesKeyWrap, kms, kmsLegacy, rsaOaep, rsaPkcs1, type Wrap } from './wrappings.ts';

const shortLengths = [0, 16, 17];
const description = { key: 'raw key of the vectors' };

/** What a mail that Amazon SES received and encrypted is stored with. */
export const mailPairs: Pairs = {
  'aws:ses:message-id': 'o3vrnil0e2ic28trm7dfhrc2v0clambda4nbp0g1',
  'aws:ses:rule-name': 'store-mail',
  'aws:ses:source-account': '111122223333',
  kms_cmk_id: 'arn:aws:kms:eu-west-1:111122223333:alias/aws/ses',
};

/** What the first clients stored with a KMS key. */
const firstPairs: Pairs = { kms_cmk_id: '00000000-0000-4000-8000-000000000000' };

/** Objects of the V2 format that open. */
export function openV2(): Draft[] {
  const gcm = (name: string, wrap: Wrap, each: readonly number[]) => sized(`V2/${name}`, wrap, sealV2, each);
  const writtenGcm = (name: string, algorithm: string, context: Pairs, wrap: Wrap) =>
    lengths
      .map((lengthBytes) =>
        sealV2(`V2/${name}/${lengthBytes} bytes`, wrap, { lengthBytes, notesLength: true }),
      )
      .map((sealed) => opens(written(sealed, algorithm, context)));
  const cbc = (name: string, wrap: Wrap, each: readonly number[]) =>
    sized(`V2/${name}`, wrap, sealV2Cbc, each);
  const contexts = [
    ...asciiContexts.slice(0, 4),
    ...writtenContexts.slice(0, 1),
    ...encodedContexts.slice(1, 3),
  ];
  return [
    ...writtenGcm('kms+context', 'kms+context', { team: 'blue' }, kms({ team: 'blue' })),
    ...writtenGcm('AES-GCM', 'AES/GCM', description, aesGcm(description)),
    ...writtenGcm('RSA-OAEP', 'RSA-OAEP-SHA1', description, rsaOaep(description)),
    ...gcm('kms', kmsLegacy(firstPairs), shortLengths),
    ...gcm('AES key wrap', aesKeyWrap(description), shortLengths),
    ...cbc('kms, AES-CBC', kmsLegacy(firstPairs), lengths),
    ...cbc('kms+context, AES-CBC', kms({ team: 'blue' }), [16]),
    ...cbc('AES key wrap, AES-CBC', aesKeyWrap(description), [16]),
    ...contexts.map(({ name, context, stored, comment }) => {
      const sealed = sealV2(`V2/kms+context/context/${name}`, kms(context, stored), { lengthBytes: 16 });
      return opens(stored === undefined ? written(sealed, 'kms+context', context) : sealed, comment);
    }),
    ...mails(),
    ...inFiles(),
    ...readBy(),
    opens(sealV2('V2/AES-GCM/no material description', aesGcm())),
    opens(sealV2('V2/kms+context/its length not noted', kms({ team: 'blue' }))),
  ];
}

/** Objects of the V1 format that open. */
export function openV1(): Draft[] {
  return [
    ...sized('V1/AES', aesEcb(description), sealV1, lengths),
    ...sized('V1/RSA', rsaPkcs1(description), sealV1, shortLengths),
    opens(sealV1('V1/AES/no material description', aesEcb())),
    opens(sealV1('V1/AES/its length noted', aesEcb(), { notesLength: true })),
    opens(inInstructionFile(sealV1('V1/AES/instruction file', aesEcb(description), { notesLength: true }))),
    opens(inInstructionFile(sealV1('V1/RSA/instruction file', rsaPkcs1(description)))),
  ];
}

function sized(
  name: string,
  wrap: Wrap,
  seal: (name: string, wrap: Wrap, options: { lengthBytes: number }) => Sealed,
  each: readonly number[],
): Draft[] {
  return each.map((lengthBytes) => opens(seal(`${name}/${lengthBytes} bytes`, wrap, { lengthBytes })));
}

function mails(): Draft[] {
  const mail = (name: string, encryptionContext: Pairs, comment: string) => {
    const sealed = sealV2(`V2/kms/${name}`, kmsLegacy(mailPairs), { notesLength: true, lengthBytes: 80 });
    return opens({ ...sealed, reader: { ...sealed.reader, encryptionContext } }, comment);
  };
  const { 'aws:ses:rule-name': rule = '' } = mailPairs;
  return [
    mail('a mail of Amazon SES', {}, 'Amazon SES writes pairs of its own, which a reader need not know'),
    mail(
      'a mail of Amazon SES whose rule is expected',
      { 'aws:ses:rule-name': rule },
      'not every reader lets a context be expected with this wrapping',
    ),
  ];
}

function inFiles(): Draft[] {
  const wraps = [
    ['AES-GCM', aesGcm(description), sealV2],
    ['RSA-OAEP', rsaOaep(description), sealV2],
    ['kms', kmsLegacy(firstPairs), sealV2],
    ['AES key wrap', aesKeyWrap(description), sealV2],
    ['kms, AES-CBC', kmsLegacy(firstPairs), sealV2Cbc],
  ] as const;
  const context = { team: 'blue', note: '"quoted"' };
  const plain = written(sealV2('V2/kms+context/instruction file', kms(context)), 'kms+context', context);
  const spaced = (entries: Pairs) => JSON.stringify(entries, undefined, 1);
  const withOwn = inInstructionFile(
    sealV2('V2/kms+context/instruction file/other metadata beside it', kms({ team: 'blue' })),
  );
  return [
    opens(inInstructionFile(plain)),
    ...wraps.map(([name, wrap, seal]) => opens(inInstructionFile(seal(`V2/${name}/instruction file`, wrap)))),
    opens(
      inInstructionFile(sealV2('V2/kms+context/instruction file/spaced JSON', kms({ team: 'blue' })), spaced),
    ),
    opens(
      inInstructionFile(
        sealV2('V2/kms+context/instruction file/its length noted', kms({ team: 'blue' }), {
          notesLength: true,
        }),
      ),
      'to be read, and better not to be written: not every client expects a noted length in the file',
    ),
    opens({ ...withOwn, metadata: { author: 'somebody' } }),
  ];
}

function readBy(): Draft[] {
  const writer = sealV2('V2/kms+context/a reader that writes V2', kms({ team: 'blue' }));
  const legacy = sealV2('V2/kms+context/a reader of all that is legacy', kms({ team: 'blue' }));
  return [
    opens({ ...writer, reader: { ...writer.reader, commitmentPolicy: 'FORBID_ENCRYPT_ALLOW_DECRYPT' } }),
    opens({ ...legacy, reader: { ...legacy.reader, legacyWrapping: true, legacyContent: true } }),
  ];
}
