package sealdrop.conformance;

import java.security.KeyFactory;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.RSAPublicKeySpec;
import java.util.Base64;
import java.util.Map;
import sealdrop.conformance.Request.KeyringSpec;

/** A client's configuration as the public cross-language suite sends it. */
record SuiteConfig(
        boolean enableLegacyUnauthenticatedModes,
        boolean enableDelayedAuthenticationMode,
        boolean enableLegacyWrappingAlgorithms,
        KeyMaterial keyMaterial,
        String commitmentPolicy,
        String encryptionAlgorithm,
        InstructionFiles instructionFileConfig) {

    /** Base64 where the suite's model has blobs; an RSA key is a private key, PKCS 8. */
    record KeyMaterial(String rsaKey, String aesKey, String kmsKeyId, Map<String, String> materialsDescription) {
        KeyringSpec keyring() throws Exception {
            if (kmsKeyId != null) return new KeyringSpec("kms", kmsKeyId, null, null, null, null);
            if (aesKey != null) return new KeyringSpec("aes", null, aesKey, null, null, materialsDescription);
            return new KeyringSpec("rsa", null, null, rsaKey, publicKeyBase64(), materialsDescription);
        }

        private String publicKeyBase64() throws Exception {
            KeyFactory factory = KeyFactory.getInstance("RSA");
            RSAPrivateCrtKey key = (RSAPrivateCrtKey)
                    factory.generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(rsaKey)));
            RSAPublicKeySpec publicKey = new RSAPublicKeySpec(key.getModulus(), key.getPublicExponent());
            return Base64.getEncoder().encodeToString(factory.generatePublic(publicKey).getEncoded());
        }
    }

    record InstructionFiles(boolean enableInstructionFilePutObject) {}

    /** What one call is about; what it does without is null. */
    record Target(
            String bucket, String key, Map<String, String> context, String range, String suffix, String path) {}

    /** The same with what it leaves out as it was before key commitment. */
    SuiteConfig inTransition() {
        return new SuiteConfig(
                enableLegacyUnauthenticatedModes,
                enableDelayedAuthenticationMode,
                enableLegacyWrappingAlgorithms,
                keyMaterial,
                commitmentPolicy == null ? "FORBID_ENCRYPT_ALLOW_DECRYPT" : commitmentPolicy,
                encryptionAlgorithm == null ? "ALG_AES_256_GCM_IV12_TAG16_NO_KDF" : encryptionAlgorithm,
                instructionFileConfig);
    }

    Request request(String verb) throws Exception {
        return request(verb, new Target(null, null, null, null, null, null));
    }

    Request request(String verb, Target target) throws Exception {
        return request(verb, target, null, false);
    }

    Request reEncryptRequest(Target target, KeyMaterial newKey, boolean enforceRotation) throws Exception {
        return request("re-encrypt", target, newKey.keyring(), enforceRotation);
    }

    private Request request(String verb, Target target, KeyringSpec newKeyring, boolean enforceRotation)
            throws Exception {
        return new Request(
                null,
                verb,
                null,
                target.bucket(),
                target.key(),
                keyMaterial.keyring(),
                newKeyring,
                target.context(),
                commitmentPolicy,
                encryptionAlgorithm,
                null,
                instructionFileConfig != null && instructionFileConfig.enableInstructionFilePutObject(),
                target.suffix(),
                enforceRotation,
                enableLegacyWrappingAlgorithms,
                enableLegacyUnauthenticatedModes,
                enableDelayedAuthenticationMode,
                false,
                target.range(),
                null,
                null,
                target.path());
    }
}
