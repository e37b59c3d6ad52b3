import { SealdropError } from '../envelope/index.ts';

/** How many requests each Region got, by the names of services: `{ kms: { "eu-west-1": 3 } }`. */
export type CallsByRegion = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** The part of an SDK client that lets others see its requests. */
interface Observable {
  readonly middlewareStack: {
    add(
      middleware: (next: Next) => Next,
      options: { readonly step: 'deserialize'; readonly priority: 'low'; readonly name: string },
    ): void;
  };
}

type Next = (args: {
  readonly request: { readonly headers?: Readonly<Record<string, string>> };
}) => Promise<unknown>;

/**
 * Counts the requests of clients by the Region that they are signed for, and lets none through to another Region
 * than the one: a request goes where its signature says, or is refused there.
 *
 * Source: IAM User Guide, "AWS Signature Version 4 for API requests" (credential scope).
 */
export class RegionGuard {
  readonly #counts = new Map<string, Map<string, number>>();
  readonly #region: string;

  /** @param region - the only one that the clients may call */
  constructor(region: string, ...clients: readonly unknown[]) {
    this.#region = region;
    for (const client of clients as readonly Observable[]) {
      client.middlewareStack.add(
        (next) => (args) => {
          this.#note(args.request.headers?.['authorization'] ?? '');
          return next(args);
        },
        // Next to the wire: the request is signed, and each attempt passes.
        { step: 'deserialize', priority: 'low', name: 'sealdropRegionGuard' },
      );
    }
  }

  /** All requests so far. */
  calls(): CallsByRegion {
    return Object.fromEntries(
      [...this.#counts].map(([service, regions]) => [service, Object.fromEntries(regions)]),
    );
  }

  /** @throws {@link SealdropError} OUTSIDE_REGION */
  #note(authorization: string): void {
    const [, region = 'unknown', service = 'unknown'] =
      /Credential=[^/,]+\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request/.exec(authorization) ?? [];
    if (region !== this.#region) {
      throw new SealdropError('OUTSIDE_REGION', `${service} in ${region} was about to be called`, {
        fields: { service, region, onlyRegion: this.#region },
      });
    }
    const regions = this.#counts.get(service) ?? new Map<string, number>();
    regions.set(region, (regions.get(region) ?? 0) + 1);
    this.#counts.set(service, regions);
  }
}
