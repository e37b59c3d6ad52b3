import { parseEnvelope } from '../envelope/index.ts';
import { S3ObjectStore } from '../aws/index.ts';
import type { VaultOutputs } from './deploy.ts';
import type { DroppedFile } from './dropped-file.ts';
import { formatTable, shorten } from './format.ts';
import type { LocalClients } from './local-clients.ts';
import { lookUpEvents } from './trail.ts';

/** What is stored beside one sealed object, and what the trail tells of its data key. */
export async function showEnvelope(
  file: DroppedFile,
  clients: LocalClients,
  outputs: VaultOutputs,
): Promise<string> {
  const store = new S3ObjectStore({ client: clients.s3 });
  const object = await store.head({ bucket: outputs.SealedBucketName, key: file.key });
  const { context: encryptionContext } = parseEnvelope(object.metadata).encryptedDataKey;
  const entries = Object.entries(object.metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  const ofThisObject = (parameters: Readonly<Record<string, unknown>>): boolean =>
    Object.entries(encryptionContext).every(
      ([name, value]) =>
        (parameters['encryptionContext'] as Record<string, string> | undefined)?.[name] === value,
    );
  const events = (
    await Promise.all(['GenerateDataKey', 'Decrypt'].map((name) => lookUpEvents(clients, name)))
  )
    .flat()
    .filter(({ requestParameters }) => ofThisObject(requestParameters));
  return [
    `s3://${shorten(outputs.SealedBucketName, 30)}/${file.key}, ${object.lengthBytes} bytes`,
    formatTable(entries.map(([name, value]) => [name, shorten(value, 80)])),
    'the trail of its data key, found by the encryption context:',
    formatTable(events.map(({ eventTime, eventName, caller }) => [eventTime, eventName, `by ${caller}`])),
  ].join('\n');
}
