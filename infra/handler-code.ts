import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Code } from 'aws-cdk-lib/aws-lambda';
import { ConfigurationError } from './configuration-error.ts';

/** The functions of a vault. */
export type HandlerName = 'seal' | 'rewrap' | 'rewrap-report' | 'drill';

/** Where handlers stand, seen from the published package and from the sources. */
const candidates = ['../handlers/', '../dist/handlers/'];

/**
 * The prebuilt handler of a function: the very bytes that were tested, the SDK included.
 *
 * @throws {@link ConfigurationError} where it was not built.
 */
export function handlerCode(name: HandlerName): Code {
  const folder = candidates
    .map((candidate) => fileURLToPath(new URL(`${candidate}${name}`, import.meta.url)))
    .find((path) => existsSync(`${path}/index.mjs`));
  if (folder === undefined) {
    throw new ConfigurationError(`the handler "${name}" was not built`, 'run "npm run build:handlers" first');
  }
  return Code.fromAsset(folder, { exclude: ['*.map'] });
}
