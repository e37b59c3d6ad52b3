package sealdrop.conformance;

import static sealdrop.conformance.Request.required;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import sealdrop.conformance.Request.KeyringSpec;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.encryption.s3.materials.AesKeyring;
import software.amazon.encryption.s3.materials.Keyring;
import software.amazon.encryption.s3.materials.KmsKeyring;
import software.amazon.encryption.s3.materials.MaterialsDescription;
import software.amazon.encryption.s3.materials.PartialRsaKeyPair;
import software.amazon.encryption.s3.materials.RawKeyring;
import software.amazon.encryption.s3.materials.RsaKeyring;

/** Makes keyrings of the official client out of what requests say of them. */
final class Keyrings {
    private Keyrings() {}

    static Keyring any(KeyringSpec spec, boolean legacyWrapping, KmsClient kms) throws GeneralSecurityException {
        if (!required(spec, "keyring").type().equals("kms")) return raw(spec, legacyWrapping);
        return KmsKeyring.builder()
                .kmsClient(kms)
                .wrappingKeyId(required(spec.keyId(), "keyId"))
                .enableLegacyWrappingAlgorithms(legacyWrapping)
                .build();
    }

    static RawKeyring raw(KeyringSpec spec, boolean legacyWrapping) throws GeneralSecurityException {
        return switch (required(spec, "keyring").type()) {
            case "aes" -> described(AesKeyring.builder().wrappingKey(aesKey(spec)), spec, legacyWrapping)
                    .build();
            case "rsa" -> described(
                            RsaKeyring.builder()
                                    .wrappingKeyPair(new PartialRsaKeyPair(privateKey(spec), publicKey(spec))),
                            spec,
                            legacyWrapping)
                    .build();
            default -> throw new IllegalArgumentException("no keyring is of type " + spec.type());
        };
    }

    static SecretKey aesKey(KeyringSpec spec) {
        return new SecretKeySpec(decode(required(spec.keyBase64(), "keyBase64")), "AES");
    }

    /** The private key; null where there is none. */
    static PrivateKey privateKey(KeyringSpec spec) throws GeneralSecurityException {
        if (spec.privateKeyBase64() == null) return null;
        return KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(decode(spec.privateKeyBase64())));
    }

    /** The public key; null where there is none. */
    static PublicKey publicKey(KeyringSpec spec) throws GeneralSecurityException {
        if (spec.publicKeyBase64() == null) return null;
        return KeyFactory.getInstance("RSA").generatePublic(new X509EncodedKeySpec(decode(spec.publicKeyBase64())));
    }

    private static <B extends RawKeyring.Builder<?, B, ?>> B described(B builder, KeyringSpec spec, boolean legacy) {
        if (spec.materialsDescription() != null) {
            builder.materialsDescription(MaterialsDescription.builder()
                    .putAll(spec.materialsDescription())
                    .build());
        }
        return builder.enableLegacyWrappingAlgorithms(legacy);
    }

    private static byte[] decode(String base64) {
        return Base64.getDecoder().decode(base64);
    }
}
