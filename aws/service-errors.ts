import { SealdropError, type SealdropErrorCode } from '../envelope/index.ts';

/** The call that failed, for the error's message: an IAM action and what it was done to. */
export interface FailedCall {
  readonly action: string;
  readonly resource: string;
}

/** The codes of a service's own exceptions, by name. */
export type ServiceErrorCodes = Readonly<Record<string, SealdropErrorCode>>;

const sharedCodes: ServiceErrorCodes = {
  AbortError: 'ABORTED',
  AccessDenied: 'ACCESS_DENIED',
  AccessDeniedException: 'ACCESS_DENIED',
  Forbidden: 'ACCESS_DENIED',
  BandwidthLimitExceeded: 'THROTTLED',
  LimitExceededException: 'THROTTLED',
  RequestLimitExceeded: 'THROTTLED',
  RequestThrottled: 'THROTTLED',
  RequestThrottledException: 'THROTTLED',
  SlowDown: 'THROTTLED',
  ThrottledException: 'THROTTLED',
  Throttling: 'THROTTLED',
  ThrottlingException: 'THROTTLED',
  TooManyRequestsException: 'THROTTLED',
  ExpiredToken: 'SERVICE_UNAVAILABLE',
  ExpiredTokenException: 'SERVICE_UNAVAILABLE',
  IncompleteBody: 'SERVICE_UNAVAILABLE',
  RequestTimeTooSkewed: 'SERVICE_UNAVAILABLE',
  RequestTimeout: 'SERVICE_UNAVAILABLE',
  RequestTimeoutException: 'SERVICE_UNAVAILABLE',
  TimeoutError: 'SERVICE_UNAVAILABLE',
};

const networkCodes = new Set([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);

/**
 * Turns whatever a client threw into a {@link SealdropError}: by the service's own names first, then by the
 * names that services share, then by what kind of failure it is.
 */
export function toSealdropError(error: unknown, call: FailedCall, codes: ServiceErrorCodes): SealdropError {
  if (error instanceof SealdropError) return error;
  const { name, code, answer } = factsOf(error);
  const known = own(codes, name) ?? own(codes, code) ?? own(sharedCodes, name);
  const sealdropCode = known ?? codeByKind(code, answer?.status);
  return new SealdropError(sealdropCode, `${call.action} on ${call.resource} failed: ${name}`, {
    cause: error,
    fields: { ...call, ...answer },
  });
}

function own(codes: ServiceErrorCodes, name: string): SealdropErrorCode | undefined {
  return Object.hasOwn(codes, name) ? codes[name] : undefined;
}

function codeByKind(code: string, status = 0): SealdropErrorCode {
  if (status === 429) return 'THROTTLED';
  return networkCodes.has(code) || status >= 500 ? 'SERVICE_UNAVAILABLE' : 'SERVICE_FAILED';
}

/** What is known of a failure, but for its message, which may quote what was sent. */
interface FailureFacts {
  readonly name: string;
  readonly code: string;
  /** How the service answered, where it did; the request's id finds the call in the trail. */
  readonly answer?: { readonly status: number; readonly requestId?: string };
}

function factsOf(error: unknown): FailureFacts {
  if (!(error instanceof Error)) return { name: 'Unknown', code: '' };
  const { code, $metadata } = error as { code?: unknown; $metadata?: AnswerMetadata };
  const facts = { name: error.name, code: typeof code === 'string' ? code : '' };
  const { httpStatusCode: status, requestId } = $metadata ?? {};
  if (status === undefined) return facts;
  return { ...facts, answer: requestId === undefined ? { status } : { status, requestId } };
}

/** What the SDK notes of a service's answer. */
interface AnswerMetadata {
  readonly httpStatusCode?: number;
  readonly requestId?: string;
}
