import { expect, test } from '@jest/globals';
import * as envelope from '../../envelope/index.ts';

test('the package offers these values and no others', () => {
  expect(Object.keys(envelope).sort()).toEqual([
    'INSTRUCTION_FILE_MARK',
    'RawAesKeyring',
    'RawRsaKeyring',
    'SealdropError',
    'assertAuthenticated',
    'assertContextMatches',
    'assertExpectedContext',
    'assertMayOpen',
    'assertOpenable',
    'authenticationFailure',
    'bindContext',
    'bindings',
    'bufferLimitExceeded',
    'callersContext',
    'cbcSuite',
    'classify',
    'commitmentPolicies',
    'committingSuite',
    'contentLengthBytes',
    'coveringRange',
    'defaultCommitmentPolicy',
    'defaultInstructionFileSuffix',
    'encodeEnvelope',
    'encodeInstructionFile',
    'envelopeNames',
    'errorCatalogue',
    'gcmSuite',
    'isLegacyWrapping',
    'maxInstructionFileBytes',
    'mayHaveInstructionFile',
    'mergeInstructionFile',
    'openBuffered',
    'parseContentRange',
    'parseEnvelope',
    'parseInstructionFile',
    'parseRange',
    'reencryptEnvelope',
    'resolveRange',
    'rewrapEnvelope',
    'sealedLengthBytes',
    'splitEnvelope',
    'startOpen',
    'startOpenCbcRange',
    'startOpenRange',
    'startSeal',
    'storedBeside',
    'suiteForSealing',
    'unsupportedWrapping',
    'withoutEnvelope',
  ]);
});

test('neither a message id nor a content key can be chosen through the package', () => {
  expect(envelope).not.toHaveProperty('ContentEncryptor');
  expect(envelope).not.toHaveProperty('newContentParameters');
  expect(envelope).not.toHaveProperty('deriveContentKey');
});
