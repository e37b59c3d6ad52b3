import type { EncryptionContext } from '../../aws/index.ts';
import type { KeyringName, Way } from './scene.ts';

/** Contexts that clients write differently: in another order, with other spaces and escapes. */
const contexts: readonly EncryptionContext[] = [
  {},
  { department: 'archive' },
  Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`name-${12 - index}`, `value ${index}`])),
  { 'a b': 'c="d"', "it's": '\\ / {} [] : , <&> %41 +', '?=': '=?UTF-8?Q?not_a_word?=' },
];

const lengths = [0, 1, 15, 16, 17, 100_003, 5 * 2 ** 20 - 16, 11 * 2 ** 20 + 1];

/**
 * The ways of storing that a client is tried with: every context at one length, every length with one context,
 * in both formats and both places, with each of its keyrings.
 */
export function waysWith(keyrings: readonly KeyringName[], strategies: readonly Way['strategy'][]): Way[] {
  return (['V3', 'V2'] as const).flatMap((format) =>
    strategies.flatMap((strategy) =>
      keyrings.flatMap((keyring) => {
        const own = keyring === 'kms' ? contexts : [{}];
        return [
          ...own.map((context) => ({ format, keyring, strategy, context, lengthBytes: 1000 })),
          ...lengths.map((lengthBytes) => ({ format, keyring, strategy, context: {}, lengthBytes })),
        ];
      }),
    ),
  );
}
