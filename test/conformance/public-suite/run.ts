import { execFile, spawn } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { CreateKeyCommand } from '@aws-sdk/client-kms';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { startEmulator, type Emulator } from '../../../local/emulator.ts';
import { administratorOf, createLocalClients } from '../../../local/local-clients.ts';
import { LocalError } from '../../../local/local-error.ts';
import { classPathOf, ensureJavaClient, type JavaBuild } from '../java-client/build.ts';
import { ensurePublicSuite } from './build.ts';
import { startServers } from './servers.ts';

// Runs the public cross-language suite against a local stack; README.md beside this says how.

const bucket = 'public-suite';
const testsAtOnce = 8;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { tests: { type: 'string', default: '.*' } },
});
const [suite] = positionals;
if (suite === undefined) {
  console.error('usage: run.ts SUITE_FOLDER [--tests CLASS_NAME_PATTERN]');
  process.exit(2);
}

const suiteFolder = resolve(suite);
const cacheFolder = join(import.meta.dirname, '..', '..', '..', '.sealdrop');
const folder = join(cacheFolder, 'public-suite');
const log = (line: string): void => {
  console.error(`sealdrop: ${line}`);
};

try {
  process.exitCode = await run(suiteFolder);
} catch (error) {
  if (!(error instanceof LocalError)) throw error;
  console.error(`sealdrop: error: ${error.message}\nsealdrop: hint: ${error.hint}`);
  process.exitCode = 1;
}

async function run(suiteFolder: string): Promise<number> {
  const built = await ensurePublicSuite(suiteFolder, { cacheFolder, log });
  const client = await ensureJavaClient({ cacheFolder, log });
  if (client.build === undefined) throw new LocalError(client.reason, 'install a JDK');
  if (built.folder === undefined) throw new LocalError(built.reason, 'install a JDK and Maven');
  await mkdir(folder, { recursive: true });
  const emulator = await startEmulator({ cacheFolder, log, logFile: join(folder, 'emulator.log') });
  try {
    const environment = { ...emulator.environment, ...(await bucketAndKey(emulator)) };
    const servers = await startServers({
      suiteFolder,
      cacheFolder,
      java: client.build,
      environment,
      log,
    });
    try {
      return await tests(built.folder, client.build, { emulator, environment, servers: servers.names });
    } finally {
      await servers.stop();
    }
  } finally {
    await emulator.stop();
  }
}

/** Makes the suite's bucket and key; what tells it of them. */
async function bucketAndKey(emulator: Emulator): Promise<Record<string, string>> {
  const clients = createLocalClients(emulator, administratorOf(emulator));
  try {
    await clients.s3.send(new CreateBucketCommand({ Bucket: bucket }));
    const { KeyMetadata } = await clients.kms.send(new CreateKeyCommand({}));
    return { TEST_SERVER_S3_BUCKET: bucket, TEST_SERVER_KMS_KEY_ARN: KeyMetadata?.Arn ?? '' };
  } finally {
    clients.close();
  }
}

interface TestRun {
  readonly emulator: Emulator;
  readonly environment: NodeJS.ProcessEnv;
  readonly servers: readonly string[];
}

async function tests(
  buildFolder: string,
  { java }: JavaBuild,
  { emulator, environment, servers }: TestRun,
): Promise<number> {
  const reports = join(folder, 'reports');
  await rm(reports, { recursive: true, force: true });
  const properties = {
    'javax.net.ssl.trustStore': await trustStore(emulator.caFile),
    'javax.net.ssl.trustStorePassword': 'changeit',
    'com.amazonaws.regions.RegionUtils.fileOverride': await regionsFile(emulator),
    'aws.java.v1.disableDeprecationAnnouncement': 'true',
    // The servers close connections that were idle for five seconds.
    'jdk.httpclient.keepalive.timeout': '1',
    'test.filter.servers': servers.join(','),
  };
  // Its classes wait for one another, so as many threads as may wait, and some to work.
  const parallel = {
    enabled: 'true',
    'mode.default': 'concurrent',
    'mode.classes.default': 'concurrent',
    'config.strategy': 'fixed',
    'config.fixed.parallelism': String(testsAtOnce),
  };
  const child = spawn(
    java,
    [
      ...Object.entries(properties).map(([name, value]) => `-D${name}=${value}`),
      '-cp',
      classPathOf(buildFolder),
      'org.junit.platform.console.ConsoleLauncher',
      'execute',
      `--scan-classpath=${join(buildFolder, 'classes')}`,
      `--include-classname=${values.tests}`,
      `--reports-dir=${reports}`,
      '--details=summary',
      '--disable-banner',
      ...Object.entries(parallel).map(
        ([name, value]) => `--config=junit.jupiter.execution.parallel.${name}=${value}`,
      ),
    ],
    { env: environment, stdio: ['ignore', 'inherit', 'inherit'] },
  );
  return new Promise((done, failed) => {
    child.once('error', failed);
    child.once('close', (code) => {
      done(code ?? 1);
    });
  });
}

/** Where the first AWS SDK for Java finds the emulator: it knows of no other way to be told. */
async function regionsFile({ endpointUrl }: Emulator): Promise<string> {
  const { host } = new URL(endpointUrl);
  const endpoints = ['s3', 'kms'].map(
    (service) =>
      `<Endpoint><ServiceName>${service}</ServiceName><Http>false</Http><Https>true</Https>` +
      `<Hostname>${host}</Hostname></Endpoint>`,
  );
  // The suite names the second; both are the emulator, which takes the Region out of the signature.
  const regions = ['us-east-1', 'us-west-2'].map(
    (name) => `<Region><Name>${name}</Name><Domain>amazonaws.com</Domain>${endpoints.join('')}</Region>`,
  );
  const file = join(folder, 'regions.xml');
  await writeFile(file, `<XML><Regions>${regions.join('')}</Regions></XML>`);
  return file;
}

/** A Java trust store with the emulator's authority, which is the bundle's last. */
async function trustStore(caFile: string): Promise<string> {
  const certificates = (await readFile(caFile, 'utf8')).split(/(?=-----BEGIN CERTIFICATE-----)/);
  const authority = join(folder, 'authority.pem');
  await writeFile(authority, certificates.at(-1) ?? '');
  const store = join(folder, 'trust.p12');
  await rm(store, { force: true });
  await promisify(execFile)('keytool', [
    ...['-importcert', '-noprompt', '-alias', 'emulator', '-file', authority],
    ...['-keystore', store, '-storetype', 'PKCS12', '-storepass', 'changeit'],
  ]);
  return store;
}
