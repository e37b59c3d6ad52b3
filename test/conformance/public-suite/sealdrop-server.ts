import { createPrivateKey, createSecretKey, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer, json } from 'node:stream/consumers';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  KmsKeyring,
  RawAesKeyring,
  RawRsaKeyring,
  S3EncryptionClient,
  SealdropError,
  type CommitmentPolicy,
  type Keyring,
} from '../../../aws/index.ts';

// Puts our client behind the HTTP interface that the public cross-language suite expects of a server. Endpoint,
// Region and credentials come from the environment, as does the port.

/** A client's configuration as the suite sends it; blobs are in base64, an RSA key is a private key, PKCS 8. */
interface SuiteConfig {
  readonly enableLegacyUnauthenticatedModes?: boolean;
  readonly enableDelayedAuthenticationMode?: boolean;
  readonly enableLegacyWrappingAlgorithms?: boolean;
  readonly keyMaterial: {
    readonly rsaKey?: string;
    readonly aesKey?: string;
    readonly kmsKeyId?: string;
    readonly materialsDescription?: Record<string, string>;
  };
  readonly commitmentPolicy?: CommitmentPolicy;
  readonly encryptionAlgorithm?: string;
  readonly instructionFileConfig?: { readonly enableInstructionFilePutObject?: boolean };
}

/** What the suite looks for in the messages of some errors: those of the Java client. */
const expectedText: Readonly<Record<string, string>> = {
  CONTEXT_MISMATCH: 'Provided encryption context does not match information retrieved from S3',
  LEGACY_WRAPPING_DISABLED: ['kms', 'RSA']
    .map((name) => `Enable legacy wrapping algorithms to use legacy key wrapping algorithm: ${name}`)
    .join(', '),
};

const s3Client = new S3Client({});
const clients = new Map<string, S3EncryptionClient>();

const server = createServer((request, response) => {
  answer(request, response).catch((error: unknown) => {
    sendError(response, error);
  });
});
server.listen(Number(process.env['PORT']), 'localhost');

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { pathname } = new URL(request.url ?? '', 'http://localhost');
  const [resource, bucket, key] = pathname.slice(1).split('/').map(decodeURIComponent);
  if (request.method === 'POST' && resource === 'client') {
    const { config } = (await json(request)) as { config: SuiteConfig };
    sendJson(response, 200, { clientId: createClient(config) });
  } else if (request.method === 'PUT') {
    const Body = await buffer(request);
    await clientOf(request).send(new PutObjectCommand({ Bucket: bucket, Key: key, Body }));
    sendJson(response, 200, { bucket, key, metadata: [] });
  } else if (request.method === 'GET') {
    const { range } = request.headers;
    const input = { Bucket: bucket, Key: key, ...(range === undefined ? {} : { Range: range }) };
    const got = await clientOf(request).send(new GetObjectCommand(input));
    const content = (await got.Body?.transformToByteArray()) ?? new Uint8Array();
    const pairs = Object.entries(got.Metadata ?? {}).map(([name, value]) => `[${name}]:[${value}]`);
    response.writeHead(200, { 'Content-Metadata': pairs.join(',') }).end(content);
  } else {
    throw new Error(`no operation is at ${request.method ?? ''} ${pathname}`);
  }
}

function createClient(config: SuiteConfig): string {
  const { commitmentPolicy, encryptionAlgorithm, enableLegacyUnauthenticatedModes = false } = config;
  const client = new S3EncryptionClient({
    s3Client,
    keyring: keyringOf(config),
    legacyWrapping: config.enableLegacyWrappingAlgorithms ?? false,
    legacyContent: enableLegacyUnauthenticatedModes,
    unauthenticatedRanges: enableLegacyUnauthenticatedModes,
    delayedAuthentication: config.enableDelayedAuthenticationMode ?? false,
    metadataStrategy:
      config.instructionFileConfig?.enableInstructionFilePutObject === true
        ? 'instruction-file'
        : 'object-metadata',
    ...(commitmentPolicy === undefined ? {} : { commitmentPolicy }),
    ...(encryptionAlgorithm === undefined ? {} : { algorithmSuite: encryptionAlgorithm }),
  });
  const id = randomUUID();
  clients.set(id, client);
  return id;
}

function keyringOf({ keyMaterial }: SuiteConfig): Keyring {
  const { kmsKeyId, aesKey, rsaKey = '', materialsDescription = {} } = keyMaterial;
  if (kmsKeyId !== undefined) return new KmsKeyring({ keyId: kmsKeyId });
  const described = { materialDescription: materialsDescription };
  if (aesKey !== undefined) {
    return new RawAesKeyring({ wrappingKey: createSecretKey(Buffer.from(aesKey, 'base64')), ...described });
  }
  const der = Buffer.from(rsaKey, 'base64');
  return new RawRsaKeyring({
    privateKey: createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }),
    ...described,
  });
}

/** The client that a request names, with the context that it gives: `[name]:[value],[name]:[value]`. */
function clientOf({ headers }: IncomingMessage): S3EncryptionClient {
  const client = clients.get(String(headers['clientid']));
  if (client === undefined) throw new Error('no client has that id');
  const pairs = String(headers['content-metadata'] ?? '')
    .split(',')
    .filter((pair) => pair !== '');
  const encryptionContext = Object.fromEntries(
    pairs.map((pair) => pair.trim().slice(1, -1).split(']:[') as [string, string]),
  );
  const suffix = headers['instructionfilesuffix'];
  return client.with({
    encryptionContext,
    ...(typeof suffix === 'string' ? { instructionFileSuffix: suffix } : {}),
  });
}

function sendError(response: ServerResponse, error: unknown): void {
  const type = error instanceof SealdropError ? 'S3EncryptionClientError' : 'GenericServerError';
  const code = error instanceof SealdropError ? error.code : '';
  const message = [String(error), code, expectedText[code]].join(' ');
  sendJson(response, 500, { __type: `software.amazon.encryption.s3#${type}`, message });
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}
