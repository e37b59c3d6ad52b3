import { Option } from 'commander';
import { isShareSuffix, shareSuffixRule } from '../operations/share-suffix.ts';
import { notEmpty } from './options.ts';
import { UsageError } from './usage-error.ts';

/** `--rsa-private-key` of whoever opens what was shared with an RSA key. */
export function rsaPrivateKey(): Option {
  return new Option(
    '--rsa-private-key <file>',
    'open with the private RSA key in this PEM file, in the place of --key: what was shared with it',
  ).argParser(notEmpty);
}

/** `--suffix` of a share. */
export function shareSuffix(): Option {
  return new Option('--suffix <suffix>', 'what the key takes for the share, such as ".partner"');
}

/** @throws {@link UsageError} where no suffix was named, or what cannot be one. */
export function shareSuffixOf({ suffix }: { readonly suffix?: string }): string {
  if (suffix === undefined) {
    throw new UsageError('no suffix was named', 'name the suffix of the share: --suffix .partner');
  }
  if (isShareSuffix(suffix)) return suffix;
  throw new UsageError(
    `"${suffix}" cannot be the suffix of a share`,
    `name ${shareSuffixRule}, and other than ".instruction"`,
  );
}
