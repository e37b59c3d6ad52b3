import { expect, test } from '@jest/globals';
import { ConfigurationError } from '../../infra/configuration-error.ts';
import { assertVaultId } from '../../infra/vault-id.ts';
import { isVaultId, readRewrapSettings } from '../../lambda/settings.ts';

const ids = ['a', '0', 'payroll', 'payroll-2', 'a--b', 'a-', 'a'.repeat(63)];
const noIds = [
  '',
  '-a',
  'Payroll',
  'pay_roll',
  'pay/roll',
  'pay roll',
  'zoë',
  'a\n',
  'a'.repeat(64),
  '${Token[TOKEN.1]}',
];

test.each(ids)('%p can be the id of a vault', (id) => {
  expect(() => {
    assertVaultId(id);
  }).not.toThrow();
});

test.each(noIds)('%p cannot', (id) => {
  const refusal = expect(() => {
    assertVaultId(id);
  });
  refusal.toThrow(ConfigurationError);
  refusal.toThrow(`"${id}" cannot be the id of a vault`);
});

test.each([...ids, ...noIds])('the functions take %p where it can be deployed, and only there', (vaultId) => {
  const read = (): unknown =>
    readRewrapSettings({
      SEALDROP_VAULT_ID: vaultId,
      SEALDROP_BINDING: 'object',
      SEALDROP_KEY_ARN: 'arn:aws:kms:eu-west-1:111122223333:key/1',
      SEALDROP_SEALED_BUCKET: 'sealed',
      SEALDROP_CONCURRENCY: '1',
      SEALDROP_WORKERS: '1',
      SEALDROP_REQUESTS_PER_SECOND: '1',
    });

  if (isVaultId(vaultId)) expect(read()).toMatchObject({ vaultId });
  else expect(read).toThrow('SEALDROP_VAULT_ID');
});
