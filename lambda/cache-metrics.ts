import { MetricUnit, type Metrics } from '@aws-lambda-powertools/metrics';
import type { CachingKeyring } from '../aws/index.ts';

/**
 * Adds the metrics of a cache that seals, each time with what it did since the last time: `DataKeyCacheHits`,
 * `DataKeyCacheMisses` and `DataKeyCacheEvictions`.
 */
export class CacheMetrics {
  readonly #cache: CachingKeyring;
  #told: { readonly sealHits: number; readonly sealMisses: number; readonly evictions: number } = {
    sealHits: 0,
    sealMisses: 0,
    evictions: 0,
  };

  constructor(cache: CachingKeyring) {
    this.#cache = cache;
  }

  addTo(metrics: Metrics): void {
    const counts = this.#cache.counts;
    const { sealHits, sealMisses, evictions } = this.#told;
    metrics.addMetric('DataKeyCacheHits', MetricUnit.Count, counts.sealHits - sealHits);
    metrics.addMetric('DataKeyCacheMisses', MetricUnit.Count, counts.sealMisses - sealMisses);
    metrics.addMetric('DataKeyCacheEvictions', MetricUnit.Count, counts.evictions - evictions);
    this.#told = counts;
  }
}
