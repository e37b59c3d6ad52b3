import { createHash } from 'node:crypto';
import { element, elements, emptyAnswer, S3Refusal, textOf, xmlAnswer, type S3Answer } from './answer.ts';
import type { FakeBucket, StoredFacts } from './bucket.ts';
import { checksumHeaders, checksumOf, etagOf, statedChecksums, verifiedChecksums } from './checksums.ts';
import type { Checksums } from './checksums.ts';
import { assertMayWrite } from './conditions.ts';
import type { CopyOrigin } from './copy-object.ts';
import { storedFacts } from './objects.ts';
import type { S3Request } from './request.ts';

interface Part {
  readonly content: Buffer;
  readonly etag: string;
  readonly checksums: Checksums;
}

/** An upload that was neither completed nor aborted yet. */
export interface FakeUpload extends StoredFacts {
  readonly bucket: string;
  readonly key: string;
  /** The checksum that every part must have, where the upload was created with one. */
  readonly algorithm: string | undefined;
  readonly checksumType: 'FULL_OBJECT' | 'COMPOSITE';
  readonly parts: Map<number, Part>;
}

const minPartBytes = 5 * 1024 * 1024;

/** The multipart uploads of all buckets. */
export class FakeUploads {
  readonly #open = new Map<string, FakeUpload>();
  #count = 0;

  /** Those under way, by their ids. */
  get open(): ReadonlyMap<string, FakeUpload> {
    return this.#open;
  }

  create({ bucket, key, headers }: S3Request): S3Answer {
    this.#count += 1;
    const id = `upload-${this.#count}`;
    const algorithm = headers['x-amz-checksum-algorithm']?.toLowerCase();
    const checksumType = headers['x-amz-checksum-type'] === 'FULL_OBJECT' ? 'FULL_OBJECT' : 'COMPOSITE';
    this.#open.set(id, { ...storedFacts(headers), bucket, key, algorithm, checksumType, parts: new Map() });
    const names = element('Bucket', bucket) + element('Key', key) + element('UploadId', id);
    return xmlAnswer('InitiateMultipartUploadResult', names, {
      ...(algorithm === undefined ? {} : { 'x-amz-checksum-algorithm': algorithm.toUpperCase() }),
    });
  }

  async uploadPart(request: S3Request): Promise<S3Answer> {
    const { headers, body } = request;
    const upload = this.#find(request);
    const checksums = await verifiedChecksums(headers, body);
    if (upload.algorithm !== undefined && !(upload.algorithm in checksums)) {
      throw new S3Refusal('InvalidRequest', 400);
    }
    const part = { content: body, etag: etagOf(body), checksums };
    upload.parts.set(partNumberOf(request), part);
    return emptyAnswer(200, { etag: part.etag, ...checksumHeaders(checksums, upload.checksumType) });
  }

  uploadPartCopy(request: S3Request, { version }: CopyOrigin): S3Answer {
    const upload = this.#find(request);
    const [, first = '0', last = ''] =
      /^bytes=(\d+)-(\d+)$/.exec(request.headers['x-amz-copy-source-range'] ?? '') ?? [];
    const content = version.content.subarray(Number(first), last === '' ? undefined : Number(last) + 1);
    upload.parts.set(partNumberOf(request), { content, etag: etagOf(content), checksums: {} });
    return xmlAnswer('CopyPartResult', element('ETag', etagOf(content)));
  }

  async complete(bucket: FakeBucket, request: S3Request): Promise<S3Answer> {
    const upload = this.#find(request);
    const parts = partsOf(upload, request.body.toString('utf8'));
    const content = Buffer.concat(parts.map((part) => part.content));
    await assertWhole(upload, request.headers, content);
    assertMayWrite(request.headers, bucket.current(request.key));
    const digests = Buffer.concat(parts.map(({ etag }) => Buffer.from(etag.slice(1, -1), 'hex')));
    const etag = `"${createHash('md5').update(digests).digest('hex')}-${parts.length}"`;
    const { metadata, system, checksumType } = upload;
    const version = bucket.write(request.key, {
      ...{ metadata, system, content, etag, checksumType },
      checksums: await checksumsOfWhole(upload, parts, content),
      partLengths: parts.map((part) => part.content.length),
    });
    this.#open.delete(request.query['uploadId'] ?? '');
    const checksums = Object.entries(version.checksums)
      .map(([name, value]) => element(`Checksum${name.toUpperCase()}`, value))
      .join('');
    return xmlAnswer(
      'CompleteMultipartUploadResult',
      [
        element('Location', `https://${request.bucket}.example/${request.key}`),
        element('Bucket', request.bucket) + element('Key', request.key) + element('ETag', etag),
        checksums + element('ChecksumType', checksumType),
      ].join(''),
      bucket.versionHeader(version),
    );
  }

  abort(request: S3Request): S3Answer {
    this.#find(request);
    this.#open.delete(request.query['uploadId'] ?? '');
    return emptyAnswer(204);
  }

  listParts(request: S3Request): S3Answer {
    const parts = [...this.#find(request).parts].sort(([a], [b]) => a - b);
    const list = parts.map(([number, { content, etag }]) => {
      const facts = [element('PartNumber', number), element('Size', content.length), element('ETag', etag)];
      return `<Part>${facts.join('')}</Part>`;
    });
    return xmlAnswer('ListPartsResult', list.join('') + element('IsTruncated', 'false'));
  }

  list({ bucket }: S3Request): S3Answer {
    const uploads = [...this.#open].filter(([, upload]) => upload.bucket === bucket);
    const list = uploads.map(
      ([id, { key }]) => `<Upload>${element('Key', key)}${element('UploadId', id)}</Upload>`,
    );
    return xmlAnswer('ListMultipartUploadsResult', list.join('') + element('IsTruncated', 'false'));
  }

  #find({ bucket, key, query }: S3Request): FakeUpload {
    const upload = this.#open.get(query['uploadId'] ?? '');
    if (upload?.bucket !== bucket || upload.key !== key) throw new S3Refusal('NoSuchUpload', 404);
    return upload;
  }
}

function partNumberOf({ query }: S3Request): number {
  const number = Number(query['partNumber']);
  if (!(number >= 1 && number <= 10_000)) throw new S3Refusal('InvalidArgument', 400);
  return number;
}

function partsOf(upload: FakeUpload, document: string): Part[] {
  const named = elements(document, 'Part');
  if (named.length === 0) throw new S3Refusal('MalformedXML', 400);
  let before = 0;
  const parts = named.map((each) => {
    const number = Number(textOf(each, 'PartNumber'));
    if (number <= before) throw new S3Refusal('InvalidPartOrder', 400);
    before = number;
    const part = upload.parts.get(number);
    const isThat = textOf(each, 'ETag')?.replaceAll('"', '') === part?.etag.replaceAll('"', '');
    if (part === undefined || !isThat) throw new S3Refusal('InvalidPart', 400);
    assertNamesChecksum(upload, part, each);
    return part;
  });
  const isShort = parts.slice(0, -1).some(({ content }) => content.length < minPartBytes);
  if (isShort) throw new S3Refusal('EntityTooSmall', 400);
  return parts;
}

/** Parts name the checksum that the upload was created with; where it was created with none, none. */
function assertNamesChecksum({ algorithm, checksumType }: FakeUpload, part: Part, document: string): void {
  if (algorithm === undefined) {
    // S3 keeps no checksums of such parts, and finds none that has the stated one.
    if (document.includes('<Checksum')) throw new S3Refusal('InvalidPart', 400);
    return;
  }
  const stated = textOf(document, `Checksum${algorithm.toUpperCase()}`);
  if (stated === undefined && checksumType === 'COMPOSITE') throw new S3Refusal('InvalidRequest', 400);
  if (stated !== undefined && stated !== part.checksums[algorithm]) throw new S3Refusal('InvalidPart', 400);
}

async function assertWhole(
  { checksumType }: FakeUpload,
  headers: Readonly<Record<string, string>>,
  content: Buffer,
): Promise<void> {
  const size = headers['x-amz-mp-object-size'];
  if (size !== undefined && Number(size) !== content.length) throw new S3Refusal('InvalidRequest', 400);
  for (const [name, value] of Object.entries(statedChecksums(headers))) {
    if (checksumType !== 'FULL_OBJECT' || value !== (await checksumOf(name, content))) {
      throw new S3Refusal('BadDigest', 400);
    }
  }
}

async function checksumsOfWhole(
  { algorithm, checksumType }: FakeUpload,
  parts: readonly Part[],
  content: Buffer,
): Promise<Checksums> {
  if (algorithm === undefined) return {};
  if (checksumType === 'FULL_OBJECT') return { [algorithm]: await checksumOf(algorithm, content) };
  const digests = parts.map(({ checksums }) => Buffer.from(checksums[algorithm] ?? '', 'base64'));
  return { [algorithm]: `${await checksumOf(algorithm, Buffer.concat(digests))}-${parts.length}` };
}
