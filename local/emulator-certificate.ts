import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { promisify } from 'node:util';

const execute = promisify(execFile);

const script = join(import.meta.dirname, 'emulator', 'certificate.py');
const millisecondsPerDay = 86_400_000;

/** The variables in which tools look for the certificate authorities that they trust. */
export const caVariables = [
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'AWS_CA_BUNDLE',
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
] as const;

/** The files of a certificate for this machine's loopback address. */
export interface LoopbackCertificate {
  readonly certificateFile: string;
  readonly keyFile: string;
  /** The authority that signed it, alone. */
  readonly authorityFile: string;
}

/**
 * The certificate that is in a folder, made where there is none, or where it expires within a day.
 *
 * @param python - a Python that has the `cryptography` package
 */
export async function ensureCertificate(folder: string, python: string): Promise<LoopbackCertificate> {
  const certificate = {
    certificateFile: join(folder, 'certificate.pem'),
    keyFile: join(folder, 'key.pem'),
    authorityFile: join(folder, 'authority.pem'),
  };
  if (!(await isCurrent(certificate))) await execute(python, [script, folder]);
  return certificate;
}

async function isCurrent(certificate: LoopbackCertificate): Promise<boolean> {
  if (!Object.values(certificate).every((file: string) => existsSync(file))) return false;
  const parsed = new X509Certificate(await readFile(certificate.certificateFile));
  const authority = new X509Certificate(await readFile(certificate.authorityFile));
  return parsed.verify(authority.publicKey) && parsed.validToDate.getTime() > Date.now() + millisecondsPerDay;
}

/**
 * Writes a bundle of what the environment trusts already, whichever of its variables name it, with one more
 * authority. Where they name nothing it holds the authorities that Node trusts, since for most tools the
 * bundle takes the place of their own.
 */
export async function writeCaBundle(file: string, authorityFile: string): Promise<void> {
  const named = new Set(caVariables.map((name) => process.env[name]).filter((path) => path !== undefined));
  const trusted = await Promise.all([...named].filter((path) => existsSync(path)).map(readText));
  const bundle = [...(trusted.length > 0 ? trusted : rootCertificates), await readText(authorityFile)];
  const partial = `${file}.${process.pid}.partial`;
  await writeFile(partial, bundle.map((part) => `${part.trimEnd()}\n`).join(''));
  await rename(partial, file);
}

async function readText(file: string): Promise<string> {
  return readFile(file, 'utf8');
}
