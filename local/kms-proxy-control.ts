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
export async function cutOffKms({ controlUrl }: KmsProxyAddress, cut: KmsCut): Promise<void> {
  await fetch(controlUrl, { method: 'PUT', body: JSON.stringify(cut) });
}

/** Ends every cut. */
export async function reconnectKms({ controlUrl }: KmsProxyAddress): Promise<void> {
  await fetch(controlUrl, { method: 'DELETE' });
}
