import { afterAll, beforeAll } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import {
  CreateBucketCommand,
  HeadObjectCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  type HeadObjectCommandOutput,
  type PutObjectCommandInput,
} from '@aws-sdk/client-s3';
import type { Emulator } from '../../../local/emulator.ts';
import { administratorOf, createLocalClients, type LocalClients } from '../../../local/local-clients.ts';
import { eventually } from '../../support/eventually.ts';
import { localStack } from '../../support/local-stack.ts';
import { callAws } from './aws-call.ts';
import { replicatedStack } from './replicated-stack.ts';
import { StatesWorld } from './states-world.ts';

/** A bucket in the stack's Region that is replicated to one in us-west-2, seen as the administrator. */
export class ReplicationWorld {
  readonly emulator: Emulator = localStack().emulator;
  readonly here: LocalClients['s3'];
  readonly away: LocalClients['s3'];
  readonly destination: string = `emulator-replicas-${randomUUID()}`;
  #stack: Record<string, string> = {};

  constructor() {
    const world = new StatesWorld();
    const elsewhere = createLocalClients(
      { ...this.emulator, region: 'us-west-2' },
      administratorOf(this.emulator),
    );
    this.here = world.administrator.s3;
    this.away = elsewhere.s3;
    beforeAll(async () => {
      const Bucket = this.destination;
      await this.away.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true }));
      const VersioningConfiguration = { Status: 'Enabled' } as const;
      await this.away.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
      this.#stack = await world.deploy((app) => replicatedStack(app, Bucket));
    });
    afterAll(() => {
      elsewhere.close();
    });
  }

  get source(): string {
    return this.#stack['SourceOutput'] ?? '';
  }

  /** The role that S3 replicates in. */
  get role(): { readonly name: string; readonly arn: string } {
    return { name: this.#stack['RoleNameOutput'] ?? '', arn: this.#stack['RoleArnOutput'] ?? '' };
  }

  /** A key that nobody else writes. */
  key(prefix = 'kept'): string {
    return `${prefix}/${randomUUID()}`;
  }

  /** Writes a version to the source; returns its id. */
  async put(key: string, more: Partial<PutObjectCommandInput> = {}): Promise<string> {
    const { VersionId = '' } = await this.here.send(
      new PutObjectCommand({ Bucket: this.source, Key: key, Body: key, ...more }),
    );
    return VersionId;
  }

  /** What the source tells of a version. */
  head(Key: string, VersionId: string): Promise<HeadObjectCommandOutput> {
    return this.here.send(new HeadObjectCommand({ Bucket: this.source, Key, VersionId }));
  }

  /** What the destination tells of an object. */
  headAway(Key: string): Promise<HeadObjectCommandOutput> {
    return this.away.send(new HeadObjectCommand({ Bucket: this.destination, Key }));
  }

  /** What becomes of a version's replication; `none` where no rule takes it. */
  outcome(key: string, versionId: string): Promise<string> {
    return eventually('its replication', async () => {
      const { ReplicationStatus } = await this.head(key, versionId);
      return ReplicationStatus === 'PENDING' ? undefined : (ReplicationStatus ?? 'none');
    });
  }

  /** Writes a version and waits for what becomes of its replication. */
  async replicated(key: string, more: Partial<PutObjectCommandInput> = {}): Promise<string> {
    return this.outcome(key, await this.put(key, more));
  }

  /** The ids of versions at the destination, the newest first, and of delete markers after them. */
  async versionsAway(Prefix: string): Promise<string[]> {
    const { Versions = [], DeleteMarkers = [] } = await this.away.send(
      new ListObjectVersionsCommand({ Bucket: this.destination, Prefix }),
    );
    return [...Versions, ...DeleteMarkers].map(({ VersionId = '' }) => VersionId);
  }

  /** Runs something while nothing is replicated. */
  async withoutReplication<Result>(work: () => Promise<Result>): Promise<Result> {
    await this.#hold(true);
    try {
      return await work();
    } finally {
      await this.#hold(false);
    }
  }

  async #hold(held: boolean): Promise<void> {
    const body = JSON.stringify({ 's3.replication_held': held });
    await callAws(this.emulator, { service: 's3', path: '/_ministack/config', body });
  }
}
