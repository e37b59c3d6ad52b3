import { expect, test } from '@jest/globals';
import { describedKey, wrappingOf } from '../../lambda/described-key.ts';

const Arn = 'arn:aws:kms:eu-west-1:111122223333:key/1';

test('a described key names the wrapping that a run moves to, whatever else KMS tells', () => {
  const key = describedKey.parse({ Arn, CurrentKeyMaterialId: 'material', KeyState: 'Enabled' });
  expect(wrappingOf(key)).toEqual({ keyArn: Arn, keyMaterialId: 'material' });
});

test('without the id of its material it names the key alone', () => {
  expect(wrappingOf(describedKey.parse({ Arn }))).toEqual({ keyArn: Arn });
});

test.each([{}, { Arn: 1 }, { Arn, CurrentKeyMaterialId: null }])('%j is no described key', (value) => {
  expect(describedKey.safeParse(value).success).toBe(false);
});
