package sealdrop.conformance;

import java.io.BufferedInputStream;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/** The certificate authorities that the environment names. */
final class Trust {
    private Trust() {}

    /** Trust in what the PEM bundle in NODE_EXTRA_CA_CERTS holds; null where there is none. */
    static TrustManager[] fromEnvironment() throws Exception {
        String bundle = System.getenv("NODE_EXTRA_CA_CERTS");
        if (bundle == null || bundle.isEmpty()) return null;
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        try (InputStream in = new BufferedInputStream(Files.newInputStream(Path.of(bundle)))) {
            for (Certificate authority : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                store.setCertificateEntry(String.valueOf(store.size()), authority);
            }
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory.getTrustManagers();
    }

    /** The same as a TLS context, which trusts the Java runtime's own authorities where there is no bundle. */
    static SSLContext tlsContext() throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, fromEnvironment(), null);
        return context;
    }
}
