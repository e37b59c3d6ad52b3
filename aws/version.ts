/** The version of this package, as its user agent names it. */
export const version = '0.1.0';
