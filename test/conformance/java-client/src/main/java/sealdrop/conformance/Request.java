package sealdrop.conformance;

import java.util.Map;

/**
 * One request. What a request leaves out is null, zero or false; the client's own defaults apply to it.
 *
 * @param id names the request in its answer
 * @param verb put, get, re-encrypt, delete, or put-legacy
 * @param client async for S3AsyncEncryptionClient; otherwise S3EncryptionClient
 * @param newKeyring the keyring to re-encrypt with
 * @param context the encryption context, for KMS
 * @param algorithm an AlgorithmSuite
 * @param cryptoMode of put-legacy, as the old SDK calls them: EncryptionOnly, AuthenticatedEncryption
 * @param instructionFile whether a put writes an instruction file
 * @param instructionFileSuffix for get with its dot, for re-encrypt without: as the client has it
 * @param range as in HTTP, bytes=0-15
 * @param path the file that a put reads and a get writes
 */
record Request(
        String id,
        String verb,
        String client,
        String bucket,
        String key,
        KeyringSpec keyring,
        KeyringSpec newKeyring,
        Map<String, String> context,
        String commitmentPolicy,
        String algorithm,
        String cryptoMode,
        boolean instructionFile,
        String instructionFileSuffix,
        boolean enforceRotation,
        boolean legacyWrapping,
        boolean legacyContent,
        boolean delayedAuthentication,
        boolean multipart,
        String range,
        Map<String, String> metadata,
        String contentType,
        String path) {

    /**
     * A keyring.
     *
     * @param type kms, aes or rsa
     * @param keyId of KMS
     * @param keyBase64 an AES key
     * @param privateKeyBase64 PKCS 8, DER
     * @param publicKeyBase64 SPKI, DER
     * @param materialsDescription of an AES or RSA keyring
     */
    record KeyringSpec(
            String type,
            String keyId,
            String keyBase64,
            String privateKeyBase64,
            String publicKeyBase64,
            Map<String, String> materialsDescription) {}

    /** A field that its verb cannot do without. */
    static <T> T required(T value, String name) {
        if (value == null) throw new IllegalArgumentException("the request has no " + name);
        return value;
    }
}
