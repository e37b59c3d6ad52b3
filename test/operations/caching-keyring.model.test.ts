import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import {
  committingSuite,
  gcmSuite,
  SealdropError,
  type AlgorithmSuite,
  type EncryptedDataKey,
  type EncryptionContext,
  type Keyring,
  type PlaintextDataKey,
} from '../../envelope/index.ts';
import { CachingKeyring } from '../../operations/caching-keyring.ts';
import { isWiped, patternBytes } from '../support/bytes.ts';

const maxAgeMilliseconds = 2000;
const maxMessages = 3;
const maxBytes = 100;
const capacity = 2;

/** What can be asked for: two of the same kind with the same label may share a data key. */
interface Want {
  readonly label: string;
  readonly isShared: boolean;
  readonly ask: (keyring: CachingKeyring, bytes: number, signal: AbortSignal) => Promise<PlaintextDataKey>;
}

function sealing(label: string, more: EncryptionContext = {}, suite: AlgorithmSuite = committingSuite): Want {
  const context = { label, ...more };
  return {
    label: `seal ${label}`,
    isShared: suite.isCommitting && !('sealdrop-key-sha256' in more),
    ask: (keyring, bytes, signal) => keyring.generateDataKey(context, suite, signal, bytes),
  };
}

function opening(label: string, change: Partial<EncryptedDataKey>): Want {
  const encrypted: EncryptedDataKey = {
    wrappingAlgorithm: 'kms+context',
    ciphertext: patternBytes(184),
    context: { label },
    suite: committingSuite,
    ...change,
  };
  return {
    label: `open ${label}`,
    isShared: true,
    ask: (keyring, _, signal) => keyring.decryptDataKey(encrypted, signal),
  };
}

const [sealA, openA] = [sealing('a'), opening('a', {})];
const wants: readonly Want[] = [
  sealA,
  sealing('b'),
  sealing('c'),
  sealing('without commitment', {}, gcmSuite),
  sealing('one object', { 'sealdrop-key-sha256': '00' }),
  openA,
  opening('b', { suite: gcmSuite }),
  opening('c', { ciphertext: patternBytes(184, 'c') }),
];

/** One call that reached the keyring behind the cache. */
interface Call {
  readonly label: string;
  /** What the call hands over, and what was in it. */
  readonly buffer: Buffer;
  readonly hex: string;
  readonly startedAt: number;
  readonly signal: AbortSignal | undefined;
  readonly end: (failure?: Error) => void;
  state: 'under way' | 'landed' | 'failed';
  uses: number;
  bytes: number;
}

/** One request to the cache. */
interface Request {
  readonly want: Want;
  readonly bytes: number;
  readonly controller: AbortController;
  /** Whether the keyring behind must be asked for this one alone. */
  readonly isAlone: boolean;
  /** What had landed before it came. */
  readonly landed: readonly Call[];
  state: 'waiting' | 'answered' | 'failed' | 'aborted';
}

class Model {
  readonly calls: Call[] = [];
  readonly requests: Request[] = [];
  /** What was found wrong while requests were answered. */
  readonly failures: unknown[] = [];
  readonly caching: CachingKeyring;
  isClosed = false;
  abortedOnArrival = 0;

  constructor() {
    const keyring: Keyring = {
      generateDataKey: async (context, suite, signal) => ({
        plaintext: await this.#call(`seal ${context['label'] ?? ''}`, signal),
        encryptedDataKey: { wrappingAlgorithm: 'kms+context', ciphertext: patternBytes(9), context, suite },
      }),
      decryptDataKey: async ({ context }, signal) => ({
        plaintext: await this.#call(`open ${context['label'] ?? ''}`, signal),
      }),
    };
    const opening = { maxAgeSeconds: maxAgeMilliseconds / 1000, capacity };
    const sealing = { ...opening, maxMessages, maxBytes };
    this.caching = new CachingKeyring({ keyring, keyId: 'key', sealing, opening });
  }

  get underWay(): Call[] {
    return this.calls.filter(({ state }) => state === 'under way');
  }

  #call(label: string, signal: AbortSignal | undefined): Promise<Buffer> {
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    const buffer = patternBytes(32, `data key ${this.calls.length}`);
    const end = (failure?: Error): void => {
      call.state = failure === undefined ? 'landed' : 'failed';
      if (failure === undefined) resolve(buffer);
      else reject(failure);
    };
    const [hex, startedAt] = [buffer.toString('hex'), performance.now()];
    const call: Call = { label, buffer, hex, startedAt, signal, end, state: 'under way', uses: 0, bytes: 0 };
    this.calls.push(call);
    return promise;
  }

  request(want: Want, bytes: number, controller = new AbortController()): void {
    const isTooLarge = want.label.startsWith('seal') && bytes >= maxBytes;
    const request: Request = {
      want,
      bytes,
      controller,
      isAlone: !want.isShared || this.isClosed || isTooLarge,
      landed: this.calls.filter(({ state }) => state === 'landed'),
      state: 'waiting',
    };
    this.requests.push(request);
    void want
      .ask(this.caching, bytes, controller.signal)
      .then(
        (key) => {
          this.#answered(request, key);
        },
        (error: unknown) => {
          const isAborted = controller.signal.aborted;
          expect(error).toMatchObject({ code: isAborted ? 'ABORTED' : 'SERVICE_UNAVAILABLE' });
          request.state = isAborted ? 'aborted' : 'failed';
        },
      )
      .catch((error: unknown) => this.failures.push(error));
  }

  #answered(request: Request, { plaintext }: PlaintextDataKey): void {
    request.state = 'answered';
    const hex = Buffer.from(plaintext).toString('hex');
    const call = this.calls.find((each) => each.hex === hex);
    if (call === undefined) throw new Error('the key is not one that was made');
    expect(call.label).toBe(request.want.label);
    call.uses += 1;
    call.bytes += request.bytes;
    // Those who waited may be answered late; whoever came later, only by a key that is young enough.
    if (request.landed.includes(call)) {
      expect(performance.now() - call.startedAt).toBeLessThan(maxAgeMilliseconds);
    }
    if (request.isAlone) expect(call.uses).toBe(1);
    else if (call.label.startsWith('seal')) {
      expect(call.uses).toBeLessThanOrEqual(maxMessages);
      expect(call.bytes).toBeLessThanOrEqual(maxBytes);
    }
    plaintext.fill(0);
  }

  check(): void {
    expect(this.failures).toEqual([]);
    const now = performance.now();
    const held = this.calls.filter(({ state, buffer }) => state === 'landed' && !isWiped(buffer));
    for (const kind of ['seal', 'open']) {
      expect(held.filter(({ label }) => label.startsWith(kind)).length).toBeLessThanOrEqual(capacity);
    }
    expect(new Set(held.map(({ label }) => label)).size).toBe(held.length);
    for (const call of held) {
      expect(this.isClosed).toBe(false);
      expect(now - call.startedAt).toBeLessThan(maxAgeMilliseconds);
      expect(wants.find(({ label }) => label === call.label)?.isShared).toBe(true);
      if (call.label.startsWith('seal')) {
        expect(call.uses).toBeLessThan(maxMessages);
        expect(call.bytes).toBeLessThan(maxBytes);
      }
    }
    // Nobody waits for nothing, and nobody who was stopped waits.
    const live = this.underWay.filter(({ signal }) => signal?.aborted !== true);
    for (const { want, state, controller } of this.requests) {
      if (state !== 'waiting') continue;
      expect(controller.signal.aborted).toBe(false);
      expect(live.map(({ label }) => label)).toContain(want.label);
    }
    // A call that nobody waits for is stopped; and one at a time opens the same data key.
    for (const { label } of live) {
      const waiting = this.requests.filter(({ want, state }) => want.label === label && state === 'waiting');
      const calls = live.filter((each) => each.label === label).length;
      expect(calls).toBeLessThanOrEqual(waiting.length);
      if (label.startsWith('open') && !this.isClosed) expect(calls).toBe(1);
    }
    this.#checkCounts();
  }

  #checkCounts(): void {
    const { sealHits, sealMisses, openHits, openMisses } = this.caching.counts;
    const made = (kind: string): number => this.calls.filter(({ label }) => label.startsWith(kind)).length;
    expect([sealMisses, openMisses]).toEqual([made('seal'), made('open')]);
    const asked = this.requests.length - this.abortedOnArrival;
    expect(sealHits + sealMisses + openHits + openMisses).toBe(asked);
  }
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

type Step = (model: Model) => void;

/** Mostly the same, so that they meet. */
const want = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(sealA, openA) },
  { weight: 2, arbitrary: fc.constantFrom(...wants) },
);
const bytes = fc.oneof({ weight: 3, arbitrary: fc.nat(10) }, { weight: 1, arbitrary: fc.nat(110) });
const request: fc.Arbitrary<Step> = fc
  .record({ want, bytes, times: fc.integer({ min: 1, max: 5 }) })
  .map(({ want, bytes, times }) => (model) => {
    for (let count = 0; count < times; count += 1) model.request(want, bytes);
  });
const requestInVain: fc.Arbitrary<Step> = fc.constantFrom(sealA, openA).map((want) => (model) => {
  if (model.isClosed) return;
  const controller = new AbortController();
  controller.abort();
  model.abortedOnArrival += 1;
  model.request(want, 1, controller);
});
const end = (failure?: Error): fc.Arbitrary<Step> =>
  fc.nat().map((which) => (model) => model.underWay[which % model.underWay.length]?.end(failure));
const abort: fc.Arbitrary<Step> = fc.nat().map((which) => (model) => {
  // Those that go straight through end when the keyring behind says so, which this one does not.
  const waiting = model.requests.filter(({ state, isAlone }) => state === 'waiting' && !isAlone);
  waiting[which % waiting.length]?.controller.abort();
});
const advance: fc.Arbitrary<Step> = fc.constantFrom(1, 500, 999, 1000, 1999, 2000).map((time) => () => {
  jest.advanceTimersByTime(time);
});
const close: fc.Arbitrary<Step> = fc.constant((model: Model) => {
  model.isClosed = true;
  model.caching.close();
});

const step = fc.oneof(
  { weight: 10, arbitrary: request },
  { weight: 8, arbitrary: end() },
  { weight: 2, arbitrary: end(new SealdropError('SERVICE_UNAVAILABLE', 'busy')) },
  { weight: 4, arbitrary: abort },
  { weight: 3, arbitrary: advance },
  { weight: 1, arbitrary: requestInVain },
  { weight: 1, arbitrary: close },
);

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] });
});
afterEach(() => {
  jest.useRealTimers();
});

test('whatever happens in whatever order, no key is used beyond its limits, and each is wiped in the end', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const model = new Model();
      for (const take of steps) {
        take(model);
        await settled();
        model.check();
      }
      for (const call of model.underWay) call.end();
      await settled();
      model.check();
      expect(model.requests.filter(({ state }) => state === 'waiting')).toEqual([]);
      model.caching.close();
      for (const { buffer, state } of model.calls) expect(isWiped(buffer)).toBe(state === 'landed');
      expect(jest.getTimerCount()).toBe(0);
    }),
    { numRuns: 500 },
  );
});
