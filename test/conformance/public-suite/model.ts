// The suite's model (test-server/model/*.smithy), as far as its tests name it, and the Java classes for it.

type JavaType = 'String' | 'Boolean' | 'Long' | 'ByteBuffer' | 'List<String>' | 'Map<String, String>';

const structures: Readonly<Record<string, Readonly<Record<string, JavaType | (string & {})>>>> = {
  CreateClientInput: { config: 'S3ECConfig' },
  CreateClientOutput: { clientId: 'String' },
  S3ECConfig: {
    enableLegacyUnauthenticatedModes: 'Boolean',
    enableDelayedAuthenticationMode: 'Boolean',
    enableLegacyWrappingAlgorithms: 'Boolean',
    setBufferSize: 'Long',
    keyMaterial: 'KeyMaterial',
    commitmentPolicy: 'CommitmentPolicy',
    encryptionAlgorithm: 'EncryptionAlgorithm',
    instructionFileConfig: 'InstructionFileConfig',
  },
  KeyMaterial: {
    rsaKey: 'ByteBuffer',
    aesKey: 'ByteBuffer',
    kmsKeyId: 'String',
    materialsDescription: 'Map<String, String>',
  },
  InstructionFileConfig: {
    clientId: 'String',
    enableInstructionFilePutObject: 'Boolean',
    disableInstructionFile: 'Boolean',
  },
  PutObjectInput: {
    bucket: 'String',
    key: 'String',
    metadata: 'List<String>',
    body: 'ByteBuffer',
    clientID: 'String',
  },
  PutObjectOutput: { bucket: 'String', key: 'String', metadata: 'List<String>' },
  GetObjectInput: {
    bucket: 'String',
    key: 'String',
    metadata: 'List<String>',
    clientID: 'String',
    range: 'String',
    instructionFileSuffix: 'String',
  },
  GetObjectOutput: { metadata: 'List<String>', body: 'ByteBuffer' },
  ReEncryptInput: {
    bucket: 'String',
    key: 'String',
    clientID: 'String',
    newKeyMaterial: 'KeyMaterial',
    instructionFileSuffix: 'String',
    enforceRotation: 'Boolean',
  },
  ReEncryptOutput: {
    bucket: 'String',
    key: 'String',
    instructionFileSuffix: 'String',
    enforceRotation: 'Boolean',
  },
};

const enumerations: Readonly<Record<string, readonly string[]>> = {
  CommitmentPolicy: [
    'REQUIRE_ENCRYPT_REQUIRE_DECRYPT',
    'REQUIRE_ENCRYPT_ALLOW_DECRYPT',
    'FORBID_ENCRYPT_ALLOW_DECRYPT',
  ],
  EncryptionAlgorithm: [
    'ALG_AES_256_CBC_IV16_NO_KDF',
    'ALG_AES_256_GCM_IV12_TAG16_NO_KDF',
    'ALG_AES_256_GCM_HKDF_SHA512_COMMIT_KEY',
  ],
};

const packageName = 'software.amazon.encryption.s3.model';

/** The Java sources of the model's classes: file names, relative to the source folder, and contents. */
export function modelSources(): ReadonlyMap<string, string> {
  const classes = [
    ...Object.entries(structures).map(([name, members]) => [name, structureSource(name, members)] as const),
    ...Object.entries(enumerations).map(
      ([name, values]) => [name, `public enum ${name} {\n    ${values.join(',\n    ')}\n}\n`] as const,
    ),
  ];
  return new Map(
    classes.map(([name, source]) => [
      `${packageName.replaceAll('.', '/')}/${name}.java`,
      `package ${packageName};\n\n${source}`,
    ]),
  );
}

function structureSource(name: string, members: Readonly<Record<string, string>>): string {
  const entries = Object.entries(members);
  const getters = entries.map(
    ([member, type]) => `    public ${type} ${type === 'Boolean' ? 'is' : 'get'}${capitalized(member)}() {
        return member("${member}");
    }`,
  );
  const setters = entries.map(
    ([member, type]) => `        public Builder ${member}(${type} value) {
            set("${member}", value);
            return this;
        }`,
  );
  return `import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;

public final class ${name} extends Shape {
    private ${name}(Map<String, Object> members) {
        super(members);
    }

${getters.join('\n\n')}

    public static Builder builder() {
        return new Builder();
    }

    public static final class Builder extends ShapeBuilder {
${setters.join('\n\n')}

        public ${name} build() {
            return new ${name}(members());
        }
    }
}
`;
}

function capitalized(name: string): string {
  return name.slice(0, 1).toUpperCase() + name.slice(1);
}
