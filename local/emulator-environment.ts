import { delimiter, dirname, join } from 'node:path';
import { caVariables, type LoopbackCertificate } from './emulator-certificate.ts';

/** The Region that a local stack is in. */
export const region = 'us-east-1';

/** The account that a local stack is in: one of those that AWS's documentation reserves for examples. */
export const accountId = '111122223333';

/**
 * The administrator's credentials, an IAM user's: the pair that AWS's documentation prints. The emulator
 * listens on the loopback address alone and holds nothing of value.
 */
const administrator = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};

/** Where an emulator listens, and the bundle of authorities to trust it by. */
export interface EmulatorAddress {
  readonly endpointUrl: string;
  readonly caFile: string;
}

/**
 * This process's environment, made to reach the emulator as its administrator: no profile, no other endpoint,
 * no proxy in between. `process.env` stays as it is.
 */
export function clientEnvironment({ endpointUrl, caFile }: EmulatorAddress): Record<string, string> {
  return {
    ...inheritedEnvironment(),
    AWS_ENDPOINT_URL: endpointUrl,
    AWS_ACCESS_KEY_ID: administrator.accessKeyId,
    AWS_SECRET_ACCESS_KEY: administrator.secretAccessKey,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_EC2_METADATA_DISABLED: 'true',
    CDK_DEFAULT_ACCOUNT: accountId,
    CDK_DEFAULT_REGION: region,
    ...trusting(caFile),
    ...unproxied(),
  };
}

/** What a child process may have of this process's environment: nothing that says which account to reach, and how. */
export function inheritedEnvironment(): Record<string, string> {
  const kept = Object.entries(process.env).filter(([name]) => !/^(AWS_|CDK_DEFAULT_)/.test(name));
  return Object.fromEntries(kept.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

/** What the emulator is started with: nothing of this process's environment but where programs are. */
export interface EmulatorSettings {
  readonly python: string;
  readonly port: number;
  readonly temporaryFolder: string;
  readonly certificate: LoopbackCertificate;
  readonly caFile: string;
  /** Where its functions reach KMS, where that is not the emulator itself. */
  readonly kmsEndpointUrl?: string | undefined;
}

/**
 * The environment of the emulator and of the Lambda functions it runs, which inherit it: Node is the one that
 * runs this process, and `@aws-sdk` is there to be required, as in Lambda's runtimes.
 */
export function emulatorEnvironment(settings: EmulatorSettings): Record<string, string> {
  const { PATH = '', HOME = '', LANG = 'C.UTF-8' } = process.env;
  return {
    PATH: [dirname(process.execPath), dirname(settings.python), PATH].join(delimiter),
    HOME,
    LANG,
    TMPDIR: settings.temporaryFolder,
    NODE_PATH: join(import.meta.dirname, '..', 'node_modules'),
    PYTHONDONTWRITEBYTECODE: '1',
    PYTHONUNBUFFERED: '1',
    GATEWAY_PORT: String(settings.port),
    BIND_HOST: '127.0.0.1',
    MINISTACK_HOST: '127.0.0.1',
    MINISTACK_REGION: region,
    MINISTACK_ACCOUNT_ID: accountId,
    USE_SSL: '1',
    MINISTACK_SSL_CERT: settings.certificate.certificateFile,
    MINISTACK_SSL_KEY: settings.certificate.keyFile,
    AUTH: 'true',
    CLOUDTRAIL_RECORDING: '1',
    CLOUDTRAIL_MAX_EVENTS: '50000',
    IOT_MTLS_ENABLED: '0',
    SFTP_ENABLED: '0',
    ADMINISTRATOR_ACCESS_KEY_ID: administrator.accessKeyId,
    ADMINISTRATOR_SECRET_ACCESS_KEY: administrator.secretAccessKey,
    ...(settings.kmsEndpointUrl === undefined ? {} : { AWS_ENDPOINT_URL_KMS: settings.kmsEndpointUrl }),
    ...trusting(settings.caFile),
    ...unproxied(),
  };
}

function trusting(caFile: string): Record<string, string> {
  return Object.fromEntries(caVariables.map((name) => [name, caFile]));
}

function unproxied(): Record<string, string> {
  const others = process.env['NO_PROXY'] ?? process.env['no_proxy'];
  const hosts = [...(others === undefined ? [] : [others]), '127.0.0.1', 'localhost'].join(',');
  return { NO_PROXY: hosts, no_proxy: hosts };
}
