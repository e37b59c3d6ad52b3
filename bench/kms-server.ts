import { createServer, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { FakeKms, FakeKmsException } from '../test/support/fake-kms.ts';

// A KMS for the benchmark: the service's JSON protocol over real AES-GCM wrapping that is bound to its key and
// its encryption context. It checks no signature and answers in well under a millisecond. It prints where it
// listens and the one key it holds, as JSON, and ends when its standard input does.

type Input = Record<string, unknown>;

const kms = new FakeKms();
const keyArn = kms.createKey();

const actions: Record<string, (input: Input) => object> = {
  GenerateDataKey: (input) => kms.generateDataKey(input),
  Decrypt: (input) => kms.decrypt({ ...input, ...bytesOf(input) }),
  ReEncrypt: (input) => kms.reEncrypt({ ...input, ...bytesOf(input) }),
  DescribeKey: (input) => kms.describeKey(input),
  RotateKeyOnDemand: () => {
    kms.rotate(keyArn);
    return { KeyId: keyArn };
  },
};

const server = createServer((request, response) => {
  void answer(request).then(({ status, body }) => {
    response.writeHead(status, {
      'content-type': 'application/x-amz-json-1.1',
      'content-length': Buffer.byteLength(body),
    });
    response.end(body);
  });
});
// A client that has been idle for long must find its connection as it left it.
server.keepAliveTimeout = 0;
server.listen({ port: 0, host: '127.0.0.1' }, () => {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  console.log(JSON.stringify({ endpointUrl: `http://127.0.0.1:${address.port}`, keyArn }));
});
process.stdin.resume().once('end', () => process.exit());

async function answer(request: IncomingMessage): Promise<{ status: number; body: string }> {
  try {
    const name = String(request.headers['x-amz-target']).replace(/^TrentService\./, '');
    const action = actions[name];
    if (action === undefined) throw new FakeKmsException('UnknownOperationException', name);
    return { status: 200, body: encode(action(JSON.parse(await text(request)) as Input)) };
  } catch (error) {
    const known = error instanceof FakeKmsException;
    const body = { __type: known ? error.name : 'KMSInternalException', message: String(error) };
    return { status: known ? error.$metadata.httpStatusCode : 500, body: JSON.stringify(body) };
  } finally {
    // It keeps what passed for tests to look at; here that would only grow.
    kms.calls.length = 0;
    kms.plaintexts.length = 0;
  }
}

function bytesOf({ CiphertextBlob }: Input): { CiphertextBlob?: Buffer } {
  return typeof CiphertextBlob === 'string' ? { CiphertextBlob: Buffer.from(CiphertextBlob, 'base64') } : {};
}

function encode(output: object): string {
  const fields = Object.entries(output).map(([name, value]: [string, unknown]) => [
    name,
    Buffer.isBuffer(value) ? value.toString('base64') : value,
  ]);
  return JSON.stringify(Object.fromEntries(fields));
}
