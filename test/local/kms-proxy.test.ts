import { DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { createKmsClient, handlerOptions } from '../../aws/clients.ts';
import { cutOffKms, reconnectKms, type KmsCut } from '../../local/kms-proxy-control.ts';
import { kmsBehindProxy } from '../support/kms-behind-proxy.ts';
import { localStack } from '../support/local-stack.ts';

const { emulator, outputs } = localStack();
const { proxy, config } = kmsBehindProxy();
const { region } = emulator;
const clients: KMSClient[] = [];

/** A client that gives up soon; it tries twice, since a connection of before may have been cut. */
function client(inRegion = region): KMSClient {
  const { httpsAgent } = config.requestHandler;
  const requestHandler = { ...handlerOptions(1_500), httpsAgent };
  const kms = createKmsClient({ ...config, requestHandler, region: inRegion, maxAttempts: 2 });
  clients.push(kms);
  return kms;
}

/** Whether KMS answers, with a key or with an error. */
async function ask(kms: KMSClient): Promise<'answered' | 'silent'> {
  try {
    await kms.send(new DescribeKeyCommand({ KeyId: outputs.WrappingKeyArn }));
    return 'answered';
  } catch (error) {
    const { $metadata } = error as { $metadata?: { httpStatusCode?: number } };
    return $metadata?.httpStatusCode === undefined ? 'silent' : 'answered';
  }
}

afterEach(() => reconnectKms(proxy));
afterAll(() => {
  for (const each of clients) each.destroy();
  config.requestHandler.httpsAgent.destroy();
});

const everywhere: KmsCut[] = [{ how: 'drop' }, { how: 'refuse' }];
const here: KmsCut[] = everywhere.map((cut) => ({ ...cut, regions: [region] }));
const elsewhere: KmsCut[] = everywhere.map((cut) => ({ ...cut, regions: ['eu-west-1'] }));

describe('the proxy before KMS', () => {
  test('lets everything through', async () => {
    expect(await ask(client())).toBe('answered');
  });

  test.each([...everywhere, ...here])('cuts off %j', async (cut) => {
    const connected = client();
    expect(await ask(connected)).toBe('answered');
    await cutOffKms(proxy, cut);
    expect(await Promise.all([ask(connected), ask(client())])).toEqual(['silent', 'silent']);
    await reconnectKms(proxy);
    expect(await Promise.all([ask(connected), ask(client())])).toEqual(['answered', 'answered']);
  });

  test.each(elsewhere)('cuts off the Region that is named, and no other: %j', async (cut) => {
    expect(await ask(client('eu-west-1'))).toBe('answered');
    await cutOffKms(proxy, cut);
    expect(await ask(client())).toBe('answered');
    expect(await ask(client('eu-west-1'))).toBe('silent');
  });

  test('takes one cut in the place of another', async () => {
    await cutOffKms(proxy, { how: 'refuse' });
    await cutOffKms(proxy, { how: 'drop', regions: ['eu-west-1'] });
    expect(await ask(client())).toBe('answered');
    await cutOffKms(proxy, { how: 'refuse' });
    expect(await ask(client())).toBe('silent');
  });
});
