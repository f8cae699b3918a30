import HummingbirdCore

#if TLS
import HummingbirdTLS
import NIOSSL
#endif

/// TLS around the API: in programs that are built with the package's trait `TLS`, which compiles BoringSSL.
public struct ServerTLS: Sendable {
    /// What to tell who wants it of a program that has none.
    public static let absence =
        "this loradeck is built without TLS: build it anew with `swift build -c release --traits TLS`, or let a proxy on "
        + "this machine serve TLS"

    #if TLS
    public static let isBuiltIn = true
    private var configuration: TLSConfiguration

    /// Reads PEM files of a certificate chain and its key.
    init(_ files: (chain: String, key: String)) throws(APIServer.Refusal) {
        do {
            let certificates = try NIOSSLCertificate.fromPEMFile(files.chain)
            configuration = .makeServerConfiguration(
                certificateChain: certificates.map { .certificate($0) },
                privateKey: .privateKey(try NIOSSLPrivateKey(file: files.key, format: .pem)))
        } catch {
            throw APIServer.Refusal(
                reason: "the certificate \(files.chain) with the key \(files.key) cannot be used: \(error)")
        }
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
    }

    func around(_ server: HTTPServerBuilder) throws -> HTTPServerBuilder {
        try .tls(server, tlsConfiguration: configuration)
    }
    #else
    public static let isBuiltIn = false

    init(_ files: (chain: String, key: String)) throws(APIServer.Refusal) {
        throw APIServer.Refusal(reason: Self.absence)
    }

    func around(_ server: HTTPServerBuilder) throws -> HTTPServerBuilder { server }
    #endif
}
