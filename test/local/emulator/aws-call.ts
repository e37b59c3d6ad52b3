import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Emulator } from '../../../local/emulator.ts';
import { administratorOf } from '../../../local/local-clients.ts';

/** A request to a service that this project has no client of. */
export interface AwsCall {
  /** The name it is signed for: `states`, `cloudformation`, … */
  readonly service: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Sends a POST request, signed as the emulator's administrator; returns the body of its answer. */
export async function callAws(
  emulator: Emulator,
  { service, path = '/', ...call }: AwsCall,
): Promise<string> {
  const url = new URL(path, emulator.endpointUrl);
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const headers: Record<string, string> = { ...call.headers, host: url.host, 'x-amz-date': time };
  const sent = request(url, {
    method: 'POST',
    ca: readFileSync(emulator.caFile),
    headers: { ...headers, authorization: signature(emulator, service, url.pathname, headers, call.body) },
  });
  sent.end(call.body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const answer = await text(response);
  if (response.statusCode !== 200) throw new Error(`${service}: ${response.statusCode ?? ''} ${answer}`);
  return answer;
}

/** Signature Version 4, with every header signed. */
function signature(
  emulator: Emulator,
  service: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body: string,
): string {
  const { accessKeyId, secretAccessKey } = administratorOf(emulator);
  const time = headers['x-amz-date'] ?? '';
  const scope = [time.slice(0, 8), emulator.region, service, 'aws4_request'];
  const names = Object.keys(headers).sort();
  const canonical = [
    ...['POST', path, ''],
    ...names.map((name) => `${name}:${headers[name] ?? ''}`),
    ...['', names.join(';'), sha256(body)],
  ].join('\n');
  const key = scope.reduce<string | Buffer>((secret, part) => hmac(secret, part), `AWS4${secretAccessKey}`);
  const signed = hmac(key, ['AWS4-HMAC-SHA256', time, scope.join('/'), sha256(canonical)].join('\n'));
  const credential = [accessKeyId, ...scope].join('/');
  return `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names.join(';')}, Signature=${signed.toString('hex')}`;
}

function sha256(content: string): string {
  return createHash('sha256').update(content).digest('hex');
}

function hmac(key: string | Buffer, content: string): Buffer {
  return createHmac('sha256', key).update(content).digest();
}
