/** The command that begins the import of material into a key: its answer holds for 24 hours. */
export function importCommand(keyArn: string): string {
  return (
    `aws kms get-parameters-for-import --key-id ${keyArn} ` +
    '--wrapping-algorithm RSAES_OAEP_SHA_256 --wrapping-key-spec RSA_4096'
  );
}
