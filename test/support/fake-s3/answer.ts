/** What the fake service answers, before it becomes an HTTP response. */
export interface S3Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** Where the body's stream breaks, in bytes. */
  readonly cutAtBytes?: number;
}

/** An error that S3 answers with. */
export class S3Refusal extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: string, status: number, headers: Readonly<Record<string, string>> = {}) {
    super(`the fake service answered ${code}`);
    this.name = code;
    this.status = status;
    this.headers = headers;
  }
}

/** An answer without a body. */
export function emptyAnswer(status = 200, headers: Readonly<Record<string, string>> = {}): S3Answer {
  return { status, headers, body: Buffer.alloc(0) };
}

/** An answer with a document. */
export function xmlAnswer(
  root: string,
  content: string,
  headers: Readonly<Record<string, string>> = {},
): S3Answer {
  const body = `<?xml version="1.0" encoding="UTF-8"?><${root}>${content}</${root}>`;
  return { status: 200, headers: { 'content-type': 'application/xml', ...headers }, body: Buffer.from(body) };
}

/** The answer of an error; that to a HEAD has no body. */
export function refusalAnswer(refusal: S3Refusal, method: string): S3Answer {
  const document = xmlAnswer('Error', element('Code', refusal.name) + element('Message', refusal.message));
  const answer = { ...document, status: refusal.status, headers: { ...refusal.headers } };
  const isBare = method === 'HEAD' || refusal.status === 304;
  return isBare ? { ...answer, body: Buffer.alloc(0) } : answer;
}

/** One element of a document; nothing where it has no value. */
export function element(name: string, value: string | number | undefined): string {
  if (value === undefined) return '';
  const text = String(value)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
  return `<${name}>${text}</${name}>`;
}

/** The contents of every element of this name, as they stand. */
export function elements(document: string, name: string): string[] {
  return [...document.matchAll(new RegExp(`<${name}>(.*?)</${name}>`, 'gs'))].map(([, inner = '']) => inner);
}

/** The text of the first element of this name. */
export function textOf(document: string, name: string): string | undefined {
  return elements(document, name)[0]
    ?.replaceAll('&quot;', '"')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll(/&#x([0-9a-fA-F]+);/g, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)))
    .replaceAll('&amp;', '&');
}
