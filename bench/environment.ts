/** The Region of the benchmark's servers. */
export const region = 'eu-west-1';

/** What the benchmark's servers accept; they hold nothing of value. */
export const credentials = { accessKeyId: 'sealdrop-bench', secretAccessKey: 'sealdrop-bench' } as const;

/** This process's environment, made to reach the two servers and nothing else of AWS. */
export function clientEnvironment(s3EndpointUrl: string, kmsEndpointUrl: string): Record<string, string> {
  const kept = Object.entries(process.env).flatMap(([name, value]) =>
    name.startsWith('AWS_') || value === undefined ? [] : [[name, value] as const],
  );
  return {
    ...Object.fromEntries(kept),
    AWS_ENDPOINT_URL_S3: s3EndpointUrl,
    AWS_ENDPOINT_URL_KMS: kmsEndpointUrl,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EC2_METADATA_DISABLED: 'true',
    NO_PROXY: '127.0.0.1',
    no_proxy: '127.0.0.1',
  };
}
