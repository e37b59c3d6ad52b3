import { expect, test } from '@jest/globals';
import * as envelope from '../../envelope/index.ts';

test('the package offers these values and no others', () => {
  expect(Object.keys(envelope).sort()).toEqual([
    'SealdropError',
    'assertContextMatches',
    'authenticationFailure',
    'bindContext',
    'bindings',
    'bufferLimitExceeded',
    'classify',
    'committingSuite',
    'contentLengthBytes',
    'encodeEnvelope',
    'envelopeNames',
    'errorCatalogue',
    'openBuffered',
    'parseEnvelope',
    'rewrapEnvelope',
    'sealedLengthBytes',
    'startOpen',
    'startSeal',
    'withoutEnvelope',
  ]);
});

test('neither a message id nor a content key can be chosen through the package', () => {
  expect(envelope).not.toHaveProperty('ContentEncryptor');
  expect(envelope).not.toHaveProperty('deriveContentKey');
});
