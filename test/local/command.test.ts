import { readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { CreateAliasCommand, CreateKeyCommand, DisableKeyCommand } from '@aws-sdk/client-kms';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { stranger } from '../support/stranger.ts';
import { VaultClient } from '../support/vault-client.ts';
import { runStep, stepsOf } from '../support/transcript.ts';

// The command, as a user types it: the pages are run from top to bottom, and each output is compared.

const top = join(import.meta.dirname, '..', '..');
const transcripts = join(import.meta.dirname, 'transcripts');
const pages = [
  'docs/command.md',
  ...readdirSync(transcripts).map((name) => `test/local/transcripts/${name}`),
].map((path) => [path, stepsOf(readFileSync(join(top, path), 'utf8'))] as const);

const local = new VaultClient();
const { s3, kms } = local.administrator;
let whoMayNothing: Record<string, string> = {};
const root = await mkdtemp(join(tmpdir(), 'sealdrop-command-'));

beforeAll(async () => {
  for (const Bucket of ['sealed', 'plain', 'unversioned']) await s3.send(new CreateBucketCommand({ Bucket }));
  for (const Bucket of ['sealed', 'plain']) {
    const VersioningConfiguration = { Status: 'Enabled' } as const;
    await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  }
  for (const AliasName of ['alias/vault', 'alias/other', 'alias/next', 'alias/old', 'alias/disabled']) {
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    const TargetKeyId = KeyMetadata?.KeyId ?? '';
    await kms.send(new CreateAliasCommand({ AliasName, TargetKeyId }));
    if (AliasName === 'alias/disabled') await kms.send(new DisableKeyCommand({ KeyId: TargetKeyId }));
  }
  whoMayNothing = await stranger(local);
  const bin = join(root, 'sealdrop');
  await writeFile(bin, `#!/bin/sh\nexec '${process.execPath}' '${join(top, 'cli', 'main.ts')}' "$@"\n`);
  await chmod(bin, 0o755);
});

afterAll(() => rm(root, { recursive: true }));

/** Each page begins with empty buckets. */
async function empty(Bucket: string): Promise<void> {
  const { Versions = [], DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket }));
  for (const { Key, VersionId } of [...Versions, ...DeleteMarkers]) {
    await s3.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));
  }
}

describe.each(pages)('%s', (_path, steps) => {
  let folder: string;
  beforeAll(async () => {
    for (const bucket of ['sealed', 'plain', 'unversioned']) await empty(bucket);
    folder = await mkdtemp(join(root, 'page-'));
  });

  test('has steps', () => {
    expect(steps.length).toBeGreaterThan(3);
  });

  test.each(steps.map((step) => [`${step.heading}: ${step.command}`, step] as const))(
    '%s',
    async (_name, step) => {
      const environment = {
        ...local.stack.emulator.environment,
        PATH: [root, process.env['PATH']].join(delimiter),
        ...whoMayNothing,
        SEALDROP_KEY: 'alias/vault',
        SEALDROP_VAULT: 'prod',
      };
      expect(await runStep(step, { folder, environment })).toBe(step.expected);
    },
  );
});
