import { SealdropError, type SealdropErrorCode } from '../envelope/index.ts';

/** The call that failed, for the error's message: an IAM action and what it was done to. */
export interface FailedCall {
  readonly action: string;
  readonly resource: string;
}

/** What an exception means: a code, and a hint where another than that of the code fits better. */
export type ErrorMeaning = SealdropErrorCode | { readonly code: SealdropErrorCode; readonly hint: string };

/** The meanings of a service's own exceptions, by name. */
export type ServiceErrorCodes = Readonly<Record<string, ErrorMeaning>>;

/** The service knew the credentials once. */
const expired: ErrorMeaning = {
  code: 'CREDENTIALS_MISSING',
  hint: 'the credentials have expired: sign in again, or set new ones with their AWS_SESSION_TOKEN',
};

/** The service does not take the credentials that were sent. */
const refused: ErrorMeaning = {
  code: 'CREDENTIALS_MISSING',
  hint: 'check the access key, its secret, its session token if it has one, and the clock of this machine',
};

const sharedCodes: ServiceErrorCodes = {
  AbortError: 'ABORTED',
  AccessDenied: 'ACCESS_DENIED',
  AccessDeniedException: 'ACCESS_DENIED',
  Forbidden: 'ACCESS_DENIED',
  // What the SDK throws before a request is sent.
  'Region is missing': 'REGION_MISSING',
  'Region not accepted': {
    code: 'REGION_MISSING',
    hint: 'the Region that is named cannot be one: correct --region, AWS_REGION, or the profile',
  },
  CredentialsProviderError: 'CREDENTIALS_MISSING',
  ProviderError: 'CREDENTIALS_MISSING',
  TokenProviderError: 'CREDENTIALS_MISSING',
  MissingAuthenticationToken: 'CREDENTIALS_MISSING',
  MissingAuthenticationTokenException: 'CREDENTIALS_MISSING',
  ExpiredToken: expired,
  ExpiredTokenException: expired,
  TokenRefreshRequired: expired,
  IncompleteSignatureException: refused,
  InvalidAccessKeyId: refused,
  InvalidClientTokenId: refused,
  InvalidSignatureException: refused,
  InvalidToken: refused,
  SignatureDoesNotMatch: refused,
  UnrecognizedClientException: refused,
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
  IncompleteBody: 'SERVICE_UNAVAILABLE',
  RequestTimeTooSkewed: 'SERVICE_UNAVAILABLE',
  RequestTimeout: 'SERVICE_UNAVAILABLE',
  RequestTimeoutException: 'SERVICE_UNAVAILABLE',
  TimeoutError: 'SERVICE_UNAVAILABLE',
};

/** How the messages begin of errors that the SDK gives no name: that stands for it. */
const nameless = ['Region is missing', 'Region not accepted'];

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
  const meaning = known ?? codeByKind(code, answer?.status);
  const { code: sealdropCode, ...hint } = typeof meaning === 'string' ? { code: meaning } : meaning;
  return new SealdropError(
    sealdropCode,
    `${call.action} on ${call.resource} failed: ${tellingName(name, answer?.status)}`,
    {
      cause: error,
      fields: { ...call, ...answer },
      ...hint,
    },
  );
}

/** An answer without a body, as to a HEAD, names no error: its status tells more. */
function tellingName(name: string, status: number | undefined): string {
  return status !== undefined && ['Unknown', 'UnknownError'].includes(name) ? `HTTP ${status}` : name;
}

function own(codes: ServiceErrorCodes, name: string): ErrorMeaning | undefined {
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
  const name = nameless.find((beginning) => error.message.startsWith(beginning)) ?? error.name;
  const facts = { name, code: typeof code === 'string' ? code : '' };
  const { httpStatusCode: status, requestId } = $metadata ?? {};
  if (status === undefined) return facts;
  return { ...facts, answer: requestId === undefined ? { status } : { status, requestId } };
}

/** What the SDK notes of a service's answer. */
interface AnswerMetadata {
  readonly httpStatusCode?: number;
  readonly requestId?: string;
}
