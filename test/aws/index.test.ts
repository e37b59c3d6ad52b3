import { expect, test } from '@jest/globals';
import * as sealdrop from '../../aws/index.ts';

test('the package offers these values and no others', () => {
  expect(Object.keys(sealdrop).sort()).toEqual([
    'CachingKeyring',
    'KmsKeyring',
    'PacedKeyring',
    'RawAesKeyring',
    'RawRsaKeyring',
    'RequestCounts',
    'RequestPace',
    'RewrapTotals',
    'S3EncryptionClient',
    'S3ObjectStore',
    'SealdropError',
    'commitmentPolicies',
    'compareSequencers',
    'continuedReport',
    'createKmsClient',
    'createS3Client',
    'defaultBufferLimitBytes',
    'defaultInstructionFileSuffix',
    'errorCatalogue',
    'listKeys',
    'noCounts',
    'openToBuffer',
    'openToFile',
    'readMapResults',
    'rebindObject',
    'resealObject',
    'rewrapMany',
    'rewrapObject',
    'sealDrop',
    'version',
    'writeJsonObject',
  ]);
});
