import { Duration } from 'aws-cdk-lib';
import type { LifecycleRule } from 'aws-cdk-lib/aws-s3';

const defaultNoncurrentLife = Duration.days(90);

/**
 * What becomes of old versions in a bucket of sealed objects, and of what was never finished.
 *
 * @param expireNoncurrentAfter - 90 days by default
 */
export function sealedLifecycle(
  expireNoncurrentAfter: Duration | 'none' = defaultNoncurrentLife,
): LifecycleRule[] {
  return [
    { id: 'abort-unfinished-uploads', abortIncompleteMultipartUploadAfter: Duration.days(2) },
    ...(expireNoncurrentAfter === 'none'
      ? []
      : [
          {
            id: 'expire-noncurrent-versions',
            noncurrentVersionExpiration: expireNoncurrentAfter,
            // What hides nothing any more.
            expiredObjectDeleteMarker: true,
          },
        ]),
  ];
}
