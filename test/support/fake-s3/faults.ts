import { S3Refusal, type S3Answer } from './answer.ts';
import type { S3Request } from './request.ts';

/** What goes wrong with one request, or happens beside it. */
export type Fault = (request: S3Request, proceed: () => Promise<S3Answer>) => Promise<S3Answer>;

/** The service refuses, and does nothing. */
export function refusing(code: string, status: number): Fault {
  return () => Promise.reject(new S3Refusal(code, status));
}

/** The service does what it was asked for, and its answer is lost. */
export function losingTheAnswer(): Fault {
  return async (_request, proceed) => {
    await proceed();
    throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
  };
}

/** The connection breaks within the body of the answer. */
export function cuttingTheBody(cutAtBytes: number): Fault {
  return async (_request, proceed) => ({ ...(await proceed()), cutAtBytes });
}

/** The answer says something else in these headers; without a value it does not say it at all. */
export function answeringWith(headers: Readonly<Record<string, string | undefined>>): Fault {
  return async (_request, proceed) => {
    const answer = await proceed();
    const kept = Object.entries({ ...answer.headers, ...headers }).filter(([, value]) => value !== undefined);
    return { ...answer, headers: Object.fromEntries(kept) as Record<string, string> };
  };
}

/** Something happens right before the service works on the request. */
export function after(what: (request: S3Request) => unknown): Fault {
  return async (request, proceed) => {
    await what(request);
    return proceed();
  };
}

/** The service does what it was asked for, and answers with other bytes, or in another form. */
export function altering(alter: (answer: S3Answer) => S3Answer): Fault {
  return async (_request, proceed) => alter(await proceed());
}
