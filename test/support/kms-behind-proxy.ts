import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import type { KmsProxyAddress } from '../../local/kms-proxy-control.ts';
import { administratorOf, type Credentials } from '../../local/local-clients.ts';
import { localStack } from './local-stack.ts';

/** What a KMS client is made with that reaches the local stack's KMS by way of the proxy before it. */
export interface KmsBehindProxy {
  readonly proxy: KmsProxyAddress;
  readonly config: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: Credentials;
    readonly requestHandler: { readonly httpsAgent: Agent };
  };
}

/** The proxy before the local stack's KMS, and how to reach it as the administrator. */
export function kmsBehindProxy(): KmsBehindProxy {
  const { emulator } = localStack();
  if (emulator.kmsProxy === undefined) throw new Error('no proxy stands before KMS');
  return {
    proxy: emulator.kmsProxy,
    config: {
      endpoint: emulator.kmsProxy.endpointUrl,
      region: emulator.region,
      credentials: administratorOf(emulator),
      requestHandler: { httpsAgent: new Agent({ ca: readFileSync(emulator.caFile), keepAlive: true }) },
    },
  };
}
