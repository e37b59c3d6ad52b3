import type { CachingKeyring } from '../aws/index.ts';

/**
 * Zero-fills what a keyring holds when the process ends by itself or is told to (SIGTERM). Lambda tells it so where
 * the function has an extension; where it has none, Lambda ends the process without a word and gives its memory to
 * nobody else.
 *
 * Source: AWS Lambda Developer Guide, "Understanding the Lambda execution environment lifecycle", shutdown phase.
 */
export function wipeAtShutdown(keyring: Pick<CachingKeyring, 'close'>): void {
  process.once('exit', () => {
    keyring.close();
  });
  process.once('SIGTERM', () => process.exit());
}
