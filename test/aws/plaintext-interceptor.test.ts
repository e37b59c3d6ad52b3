import {
  DecryptCommand,
  DescribeKeyCommand,
  GenerateDataKeyCommand,
  type KMSClient,
} from '@aws-sdk/client-kms';
import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { interceptPlaintext } from '../../aws/plaintext-interceptor.ts';
import { inChunks, isWiped, patternBytes, thrownBy } from '../support/bytes.ts';
import { kmsClientOver, stubHttp, type Answer } from '../support/stub-http.ts';

// With both of the letters that base64 has besides letters and digits.
const plaintext = Buffer.concat([Buffer.from('fbfffbefbe', 'hex'), patternBytes(27)]);
const encoded = plaintext.toString('base64');
const json = JSON.stringify({
  CiphertextBlob: patternBytes(184).toString('base64'),
  KeyId: 'arn:aws:kms:eu-west-1:111122223333:key/1',
  KeyMaterialId: 'material',
  Plaintext: encoded,
});
const headers = { 'content-type': 'application/x-amz-json-1.1' };

afterEach(() => {
  jest.restoreAllMocks();
});

/** A body in one piece, or in chunks of these sizes, with every buffer that it came in. */
function bodyOf(text: string, ...sizes: number[]): { answer: Answer; buffers: Buffer[] } {
  const buffers: Buffer[] = [];
  if (sizes.length === 0) {
    buffers.push(Buffer.from(text));
    return { answer: { headers, body: buffers[0] }, buffers };
  }
  const chunks = async function* (): AsyncGenerator<Buffer> {
    for await (const chunk of inChunks(Buffer.from(text), ...sizes)) {
      buffers.push(chunk);
      yield chunk;
    }
  };
  return { answer: { headers, body: chunks() }, buffers };
}

function intercepted(answer: Answer): KMSClient {
  const client = kmsClientOver(stubHttp(answer));
  interceptPlaintext(client);
  return client;
}

/** Every text that JSON.parse was given. */
function spyOnParse(): () => string {
  const spy = jest.spyOn(JSON, 'parse');
  return () => spy.mock.calls.map(([text]) => text).join('\n');
}

const generate = () => new GenerateDataKeyCommand({ KeyId: 'alias/vault', KeySpec: 'AES_256' });
const chunkings: [string, number[]][] = [
  ['in one piece', []],
  ['in two chunks', [100]],
  ['byte by byte', Array.from(json, () => 1)],
  ['split within the name of the field', [json.indexOf('"Plaintext"') + 4]],
  ['split within its value', [json.indexOf(encoded) + 7, 5, 5]],
];

describe('a client without the interceptor', () => {
  test('would leave the plaintext in a string: this test can fail', async () => {
    const parsed = spyOnParse();
    await kmsClientOver(stubHttp(bodyOf(json).answer)).send(generate());
    expect(parsed()).toContain(encoded);
  });
});

describe('an intercepted response', () => {
  test.each(chunkings)('that arrives %s gives the plaintext as bytes', async (_, sizes) => {
    const { answer, buffers } = bodyOf(json, ...sizes);
    const parsed = spyOnParse();
    const output = await intercepted(answer).send(generate());
    expect(Buffer.from(output.Plaintext ?? []).toString('hex')).toBe(plaintext.toString('hex'));
    expect(Buffer.from(output.CiphertextBlob ?? []).equals(patternBytes(184))).toBe(true);
    expect([output.KeyId, output.KeyMaterialId]).toEqual([
      'arn:aws:kms:eu-west-1:111122223333:key/1',
      'material',
    ]);
    expect(buffers.length).toBeGreaterThan(0);
    expect(buffers.every(isWiped)).toBe(true);
    expect(parsed()).toContain('CiphertextBlob');
    for (let at = 0; at + 8 <= encoded.length; at += 1) {
      expect(parsed()).not.toContain(encoded.slice(at, at + 8));
    }
  });

  test.each([
    ['escaped slashes', json.replaceAll('/', '\\/')],
    ['spaces between', json.replace('"Plaintext":', '\n "Plaintext" \t:\n ')],
    ['the field first', JSON.stringify({ Plaintext: encoded, ...(JSON.parse(json) as object) })],
  ])('with %s gives the same', async (_, text) => {
    const { answer, buffers } = bodyOf(text, 50, 50);
    const parsed = spyOnParse();
    const output = await intercepted(answer).send(generate());
    expect(Buffer.from(output.Plaintext ?? []).toString('hex')).toBe(plaintext.toString('hex'));
    expect(buffers.every(isWiped)).toBe(true);
    expect(parsed().replaceAll('\\', '')).not.toContain(encoded);
  });

  test('of Decrypt is treated alike', async () => {
    const { answer, buffers } = bodyOf(json);
    const output = await intercepted(answer).send(new DecryptCommand({ CiphertextBlob: patternBytes(184) }));
    expect(Buffer.from(output.Plaintext ?? []).equals(plaintext)).toBe(true);
    expect(buffers.every(isWiped)).toBe(true);
  });

  test('is owned by its caller: to wipe it wipes the only copy', async () => {
    const client = intercepted(bodyOf(json).answer);
    const output = await client.send(generate());
    output.Plaintext?.fill(0);
    const again = await intercepted(bodyOf(json).answer).send(generate());
    expect(isWiped(output.Plaintext ?? Buffer.of(1))).toBe(true);
    expect(Buffer.from(again.Plaintext ?? []).equals(plaintext)).toBe(true);
  });

  test('without the field passes as it is', async () => {
    const described = { KeyMetadata: { KeyId: '1', Description: 'the vault' } };
    const { answer } = bodyOf(JSON.stringify(described));
    const output = await intercepted(answer).send(new DescribeKeyCommand({ KeyId: '1' }));
    expect(output.KeyMetadata).toEqual(described.KeyMetadata);
    expect(output).not.toHaveProperty('Plaintext');
  });

  test.each(['Plaintext', '"Plaintext"', '"Plaintext":"AAAA"'])(
    'of DescribeKey passes as it is where the description is %j',
    async (description) => {
      const described = { KeyMetadata: { KeyId: '1', Description: description, KeyState: 'Enabled' } };
      const client = intercepted(bodyOf(JSON.stringify(described)).answer);
      const output = await client.send(new DescribeKeyCommand({ KeyId: '1' }));
      expect(output.KeyMetadata).toEqual(described.KeyMetadata);
      expect(output).not.toHaveProperty('Plaintext');
    },
  );

  test('that is an error stays that error', async () => {
    const body = Buffer.from(JSON.stringify({ __type: 'NotFoundException', message: 'no such key' }));
    const error = await thrownBy(() => intercepted({ statusCode: 400, headers, body }).send(generate()));
    expect(error).toMatchObject({ name: 'NotFoundException', $metadata: { httpStatusCode: 400 } });
  });

  test.each([
    ['is not base64', json.replace(encoded, 'not base64!')],
    ['is not JSON besides', json.slice(0, -1)],
  ])('that %s is refused, and nothing of it is left', async (_, text) => {
    const { answer, buffers } = bodyOf(text, 30, 30);
    const parsed = spyOnParse();
    const error = await thrownBy(() => intercepted(answer).send(generate()));
    expect(buffers.every(isWiped)).toBe(true);
    expect(parsed()).not.toContain(encoded);
    expect(JSON.stringify([error, Object.getOwnPropertyDescriptors(error)])).not.toContain(encoded);
  });

  test('that breaks off is refused, and nothing of it is left', async () => {
    const buffers: Buffer[] = [];
    const broken = async function* (): AsyncGenerator<Buffer> {
      for await (const chunk of inChunks(Buffer.from(json).subarray(0, -10), 40, 40)) {
        buffers.push(chunk);
        yield chunk;
      }
      throw new Error('the line went dead');
    };
    await expect(intercepted({ headers, body: broken() }).send(generate())).rejects.toThrow(
      'the line went dead',
    );
    expect(buffers.length).toBeGreaterThan(1);
    expect(buffers.every(isWiped)).toBe(true);
  });
});

describe('a client', () => {
  test('is equipped once, however often it is asked for', async () => {
    const client = intercepted(bodyOf(json).answer);
    interceptPlaintext(client);
    const names = client.middlewareStack.identify().filter((name) => name.includes('sealdrop'));
    expect(names).toHaveLength(2);
    const output = await client.send(generate());
    expect(Buffer.from(output.Plaintext ?? []).equals(plaintext)).toBe(true);
  });
});
