import { describe, expect, test } from '@jest/globals';
import { openKeyring, openPolicyOf, vaultOf } from '../../cli/session.ts';
import { bindings } from '../../envelope/index.ts';
import { thrownBy } from '../support/bytes.ts';

describe('a vault', () => {
  test.each(bindings)('with the binding %s has an id and pairs', (bind) => {
    expect(vaultOf({ vault: 'prod', bind, context: { team: 'a' } })).toEqual({
      vaultId: 'prod',
      binding: bind,
      extraContext: { team: 'a' },
    });
  });

  test.each(['object', 'vault'] as const)('with the binding %s needs its id', async (bind) => {
    expect(await thrownBy(() => vaultOf({ bind, context: {} }))).toMatchObject({
      name: 'UsageError',
      message: `the binding "${bind}" needs the id of the vault`,
      hint: expect.stringContaining('--bind none'),
    });
  });

  test('needs no id where nothing is bound', () => {
    expect(vaultOf({ bind: 'none', context: {} })).toMatchObject({ binding: 'none' });
  });

  test('does not have an empty id', async () => {
    // As a script types it whose variable is empty.
    const error = await thrownBy(() => vaultOf({ vault: '', bind: 'object', context: {} }));
    expect(error).toMatchObject({ name: 'UsageError' });
  });
});

describe('a keyring', () => {
  test('needs a key', async () => {
    expect(await thrownBy(() => openKeyring({ region: 'eu-west-1' }))).toMatchObject({
      name: 'UsageError',
      message: 'no wrapping key was named',
      hint: expect.stringContaining('SEALDROP_KEY'),
    });
  });

  test('asks nobody before it is used', () => {
    openKeyring({ key: 'alias/vault', acceptKey: ['alias/old'], region: 'eu-west-1' }).close();
  });
});

test('a reader accepts what was typed, and nothing older by itself', () => {
  const commitmentPolicy = 'REQUIRE_ENCRYPT_REQUIRE_DECRYPT';
  expect(openPolicyOf({ commitmentPolicy })).toEqual({
    ...{ commitmentPolicy, legacyWrapping: false, legacyContent: false },
  });
  const flags = { commitmentPolicy, legacyWrapping: true, legacyContent: true } as const;
  expect(openPolicyOf({ ...flags, instructionFileSuffix: '.keys' })).toEqual({
    ...flags,
    instructionFileSuffix: '.keys',
  });
});
