import {
  asciiContexts,
  encodedContexts,
  fileContexts,
  writtenContexts,
  type ContextCase,
} from './contexts.ts';
import { inInstructionFile, opens, sealV3, written, type Sealed, type Draft } from './objects.ts';
import type { Pairs, Reader } from './schema.ts';
import { aesGcm, kms, rsaOaep, type Wrap } from './wrappings.ts';

/** The lengths around the edges of a block, and one that is longer, in bytes. */
export const lengths: readonly number[] = [0, 1, 15, 16, 17, 1000];

/** The same for instruction files. */
const fileLengths = [0, 16, 17];

const description = { key: 'raw key of the vectors', version: '1' };
const context = { team: 'blue' };

/** A way to wrap, by the name that the format has for it. */
interface WrapCase {
  readonly name: string;
  readonly algorithm: string;
  readonly context: Pairs;
  readonly wrap: Wrap;
}

const wraps: readonly (WrapCase & { readonly lengths: readonly number[] })[] = [
  { name: 'kms+context', algorithm: 'kms+context', context, wrap: kms(context), lengths },
  { name: 'AES-GCM', algorithm: 'AES/GCM', context: {}, wrap: aesGcm(), lengths },
  {
    name: 'RSA-OAEP',
    algorithm: 'RSA-OAEP-SHA1',
    context: {},
    wrap: rsaOaep(),
    lengths,
  },
];

/** A longer object, so that ranges of it are far from its start. */
export const longV3: Sealed = written(
  sealV3('V3/kms+context/4099 bytes', kms(context), { lengthBytes: 4099 }),
  'kms+context',
  context,
);

/** Objects of the V3 format that open. */
export function openV3(): Draft[] {
  return [
    ...wraps.flatMap((each) =>
      each.lengths.map((lengthBytes) => opens(writtenV3(each, `${lengthBytes} bytes`, lengthBytes))),
    ),
    ...wraps.flatMap((each) =>
      fileLengths.map((lengthBytes) =>
        opens(inInstructionFile(writtenV3(each, `instruction file/${lengthBytes} bytes`, lengthBytes))),
      ),
    ),
    ...[...asciiContexts, ...writtenContexts, ...encodedContexts].map((each) =>
      ofContext(`V3/kms+context/context/${each.name}`, each, (sealed) => sealed),
    ),
    ...[...asciiContexts.slice(0, 4), ...writtenContexts.slice(0, 5), ...fileContexts].map((each) =>
      ofContext(`V3/kms+context/instruction file/context/${each.name}`, each, inInstructionFile),
    ),
    opens(longV3),
    ...described(),
    ...readBy(),
    ...asOthersWrite(),
  ];
}

function writtenV3(
  { name, algorithm, context: own, wrap }: WrapCase,
  what: string,
  lengthBytes?: number,
): Sealed {
  const options = lengthBytes === undefined ? {} : { lengthBytes };
  return written(sealV3(`V3/${name}/${what}`, wrap, options), algorithm, own);
}

function ofContext(
  name: string,
  { context: own, stored, comment, isBeyondAscii }: ContextCase,
  place: (sealed: Sealed) => Sealed,
): Draft {
  const sealed = place(sealV3(name, kms(own, stored), { lengthBytes: 16 }));
  const isPlain = stored === undefined && isBeyondAscii === undefined;
  return opens(isPlain ? written(sealed, 'kms+context', own) : sealed, comment);
}

function described(): Draft[] {
  const raw = [
    { name: 'AES-GCM', algorithm: 'AES/GCM', wrap: aesGcm },
    { name: 'RSA-OAEP', algorithm: 'RSA-OAEP-SHA1', wrap: rsaOaep },
  ];
  return raw.flatMap(({ name, algorithm, wrap }) => {
    const each = { name, algorithm, context: description, wrap: wrap(description) };
    return [
      opens(writtenV3(each, 'material description')),
      opens(inInstructionFile(writtenV3(each, 'instruction file/material description'))),
      opens(sealV3(`V3/${name}/empty material description`, wrap({}))),
    ];
  });
}

function readBy(): Draft[] {
  const readers: readonly (readonly [name: string, reader: Partial<Reader>])[] = [
    ['a reader that does without commitment', { commitmentPolicy: 'REQUIRE_ENCRYPT_ALLOW_DECRYPT' }],
    ['a reader that writes V2', { commitmentPolicy: 'FORBID_ENCRYPT_ALLOW_DECRYPT' }],
    ['a reader of all that is legacy', { legacyWrapping: true, legacyContent: true }],
  ];
  return readers.map(([name, reader]) => {
    const sealed = sealV3(`V3/kms+context/${name}`, kms(context));
    return opens({ ...sealed, reader: { ...sealed.reader, ...reader } });
  });
}

function asOthersWrite(): Draft[] {
  const own: Pairs = { author: 'somebody', 'x-amz-unrelated': 'yes', 'sealdrop-source': 'intake' };
  const sealed = (name: string) => sealV3(`V3/kms+context/${name}`, kms({ ...context, note: '"quoted"' }));
  const withOwn = sealed('other metadata beside it');
  const spaced = (entries: Pairs) => `\n${JSON.stringify(entries, undefined, 2)}\n`;
  const escaped = (entries: Pairs) =>
    JSON.stringify(Object.fromEntries(Object.entries(entries).reverse())).replaceAll('/', '\\/');
  const unmarked = inInstructionFile(sealed('instruction file/without its mark'));
  const withFile = inInstructionFile(sealed('instruction file/other metadata beside it'));
  const decoy = sealed('an instruction file that nothing points to');
  return [
    opens({ ...withOwn, metadata: { ...own, ...withOwn.metadata } }),
    opens(inInstructionFile(sealed('instruction file/spaced JSON'), spaced)),
    opens(inInstructionFile(sealed('instruction file/JSON in another order, slashes escaped'), escaped)),
    opens({ ...unmarked, instructionFile: { metadata: {}, body: unmarked.instructionFile?.body ?? '' } }),
    opens({ ...withFile, metadata: { ...own, ...withFile.metadata } }),
    opens(
      { ...decoy, instructionFile: { metadata: {}, body: '{"x-amz-3":"AAAA","x-amz-w":"12"}' } },
      'the object has its whole envelope: the file is not read',
    ),
  ];
}
