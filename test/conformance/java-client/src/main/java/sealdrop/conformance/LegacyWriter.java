package sealdrop.conformance;

import static sealdrop.conformance.Request.required;

import com.amazonaws.ClientConfiguration;
import com.amazonaws.client.builder.AwsClientBuilder.EndpointConfiguration;
import com.amazonaws.services.kms.AWSKMSClientBuilder;
import com.amazonaws.services.s3.AmazonS3EncryptionClientBuilder;
import com.amazonaws.services.s3.model.CryptoConfiguration;
import com.amazonaws.services.s3.model.CryptoMode;
import com.amazonaws.services.s3.model.CryptoStorageMode;
import com.amazonaws.services.s3.model.EncryptedPutObjectRequest;
import com.amazonaws.services.s3.model.EncryptionMaterials;
import com.amazonaws.services.s3.model.EncryptionMaterialsProvider;
import com.amazonaws.services.s3.model.KMSEncryptionMaterialsProvider;
import com.amazonaws.services.s3.model.StaticEncryptionMaterialsProvider;
import java.io.File;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.Security;
import org.apache.http.conn.ssl.SSLConnectionSocketFactory;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import sealdrop.conformance.Request.KeyringSpec;

/**
 * Writes the legacy formats, which the official client reads and no longer writes, with the encryption client of the
 * first AWS SDK for Java: AES/CBC with a data key wrapped by AES or RSA alone or by KMS without a checked context
 * (EncryptionOnly), and AES/GCM with a data key wrapped by AESWrap, RSA-OAEP-SHA256 or KMS (AuthenticatedEncryption).
 */
@SuppressWarnings("deprecation")
final class LegacyWriter {
    private LegacyWriter() {}

    static void put(Request request, Progress progress) throws Exception {
        if (Security.getProvider(BouncyCastleProvider.PROVIDER_NAME) == null) {
            Security.addProvider(new BouncyCastleProvider());
        }
        File content = new File(required(request.path(), "path"));
        EncryptedPutObjectRequest put = new EncryptedPutObjectRequest(request.bucket(), request.key(), content);
        if (request.context() != null) put.setMaterialsDescription(request.context());
        builder(request).build().putObject(put);
        progress.bytes = content.length();
    }

    private static AmazonS3EncryptionClientBuilder builder(Request request) throws Exception {
        String region = System.getenv("AWS_REGION");
        EndpointConfiguration endpoint = new EndpointConfiguration(System.getenv("AWS_ENDPOINT_URL"), region);
        ClientConfiguration connections = new ClientConfiguration();
        connections
                .getApacheHttpClientConfig()
                .setSslSocketFactory(new SSLConnectionSocketFactory(Trust.tlsContext()));
        CryptoMode mode = CryptoMode.valueOf(required(request.cryptoMode(), "cryptoMode"));
        CryptoStorageMode storage =
                request.instructionFile() ? CryptoStorageMode.InstructionFile : CryptoStorageMode.ObjectMetadata;
        return AmazonS3EncryptionClientBuilder.standard()
                .withEndpointConfiguration(endpoint)
                .withClientConfiguration(connections)
                .withPathStyleAccessEnabled(true)
                .withCryptoConfiguration(new CryptoConfiguration(mode).withStorageMode(storage))
                .withEncryptionMaterials(materials(request.keyring()))
                .withKmsClient(AWSKMSClientBuilder.standard()
                        .withEndpointConfiguration(endpoint)
                        .withClientConfiguration(connections)
                        .build());
    }

    private static EncryptionMaterialsProvider materials(KeyringSpec keyring) throws GeneralSecurityException {
        if (required(keyring, "keyring").type().equals("kms")) {
            return new KMSEncryptionMaterialsProvider(required(keyring.keyId(), "keyId"));
        }
        EncryptionMaterials materials = keyring.type().equals("aes")
                ? new EncryptionMaterials(Keyrings.aesKey(keyring))
                : new EncryptionMaterials(new KeyPair(Keyrings.publicKey(keyring), Keyrings.privateKey(keyring)));
        if (keyring.materialsDescription() != null) materials.addDescriptions(keyring.materialsDescription());
        return new StaticEncryptionMaterialsProvider(materials);
    }
}
