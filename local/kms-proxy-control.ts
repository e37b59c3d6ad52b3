import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';

/** Where a proxy before KMS is. */
export interface KmsProxyAddress {
  /** Stands for KMS. */
  readonly endpointUrl: string;
  /** Takes {@link cutOffKms} and {@link reconnectKms}, from any process. */
  readonly controlUrl: string;
}

/** How KMS is cut off. */
export interface KmsCut {
  /** `drop`: calls are taken and never answered. `refuse`: no connection is made, or it ends with the call. */
  readonly how: 'drop' | 'refuse';
  /** Only calls to these Regions; by default all. */
  readonly regions?: readonly string[];
}

/** Cuts KMS off, instead of how it was cut off before. */
export async function cutOffKms(proxy: KmsProxyAddress, cut: KmsCut): Promise<void> {
  await tell(proxy, 'PUT', JSON.stringify(cut));
}

/** Ends every cut. */
export async function reconnectKms(proxy: KmsProxyAddress): Promise<void> {
  await tell(proxy, 'DELETE', '');
}

async function tell({ controlUrl }: KmsProxyAddress, method: string, body: string): Promise<void> {
  const sent = request(controlUrl, { method, agent: false }).end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  response.resume();
  if (response.statusCode !== 204) throw new Error(`the proxy answered ${response.statusCode ?? ''}`);
}
