import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KmsKeyring, openToFile, S3ObjectStore, type Vault } from '../aws/index.ts';
import type { VaultOutputs } from './deploy.ts';
import { sha256OfFile, type DroppedFile } from './dropped-file.ts';
import type { LocalClients } from './local-clients.ts';
import { LocalError } from './local-error.ts';
import type { Progress } from './progress.ts';

/** The vault, as a reader knows it. */
export function vaultOf({ VaultId }: VaultOutputs): Vault {
  return { vaultId: VaultId, binding: 'object' };
}

/**
 * Opens the sealed object of each file and compares its SHA-256 with the local file's.
 *
 * @param opener - clients in the opener's role
 * @throws {@link LocalError} where one differs, SealdropError where one does not open.
 */
export async function openAndCompare(
  dropped: readonly DroppedFile[],
  opener: LocalClients,
  outputs: VaultOutputs,
  progress: Progress,
): Promise<void> {
  const store = new S3ObjectStore({ client: opener.s3 });
  const keyring = new KmsKeyring({ keyId: outputs.WrappingKeyArn, client: opener.kms });
  const folder = await mkdtemp(join(tmpdir(), 'sealdrop-opened-'));
  try {
    for (const [index, file] of dropped.entries()) {
      const path = join(folder, 'opened');
      await openToFile(
        { bucket: outputs.SealedBucketName, key: file.key },
        path,
        { store, keyring, vault: vaultOf(outputs) },
        true,
      );
      if ((await sha256OfFile(path)) !== file.sha256) {
        throw new LocalError(
          `${file.key} came back different`,
          'the local file may have changed meanwhile; else report a defect',
        );
      }
      progress.show(`opened ${index + 1} of ${dropped.length} files, each the same as it was dropped`);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
