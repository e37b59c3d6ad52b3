/** What AWS asks for what a rewrap takes, in US dollars. */
export interface PriceTable {
  /** The day on which the figures were compared with the pages. */
  readonly asOf: string;
  /** The Region whose prices they are. */
  readonly region: string;
  /** One PUT, COPY, POST or LIST request to S3, storage class Standard. */
  readonly s3Write: number;
  /** One GET or HEAD request to S3, storage class Standard. */
  readonly s3Read: number;
  /** One GiB that S3 keeps for a month, storage class Standard, first tier. */
  readonly s3GibMonth: number;
  /** One request to KMS about a symmetric key. */
  readonly kmsRequest: number;
  /** One GiB of memory for one second of a Lambda function on Arm, first tier. */
  readonly lambdaGibSecond: number;
  /** One invocation of a Lambda function. */
  readonly lambdaRequest: number;
  /** One state transition of a standard workflow in Step Functions. */
  readonly stateTransition: number;
}

/**
 * The list prices that plans are made with, without free tiers and discounts. Prices in other Regions, and of
 * other storage classes, differ.
 *
 * Source: https://aws.amazon.com/s3/pricing/, https://aws.amazon.com/kms/pricing/,
 * https://aws.amazon.com/lambda/pricing/, https://aws.amazon.com/step-functions/pricing/
 */
export const priceTable: PriceTable = {
  asOf: '2026-11-22',
  region: 'us-east-1',
  s3Write: 0.005 / 1000,
  s3Read: 0.0004 / 1000,
  s3GibMonth: 0.023,
  kmsRequest: 0.03 / 10_000,
  lambdaGibSecond: 0.000_013_333_4,
  lambdaRequest: 0.2 / 1_000_000,
  stateTransition: 0.025 / 1000,
};
