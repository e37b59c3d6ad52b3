import { expect, test } from '@jest/globals';
import * as sealdrop from '../../aws/index.ts';

test('the package offers these values and no others', () => {
  expect(Object.keys(sealdrop).sort()).toEqual([
    'CachingKeyring',
    'KmsKeyring',
    'RawAesKeyring',
    'RawRsaKeyring',
    'S3EncryptionClient',
    'S3ObjectStore',
    'SealdropError',
    'commitmentPolicies',
    'compareSequencers',
    'createKmsClient',
    'createS3Client',
    'defaultBufferLimitBytes',
    'errorCatalogue',
    'listKeys',
    'openToBuffer',
    'openToFile',
    'rewrapAll',
    'rewrapObject',
    'sealDrop',
    'version',
  ]);
});
