import ArgumentParser
import ServingAPI

/// Where the API listens, for a command that has one only when it is asked.
struct ListenOptions: ParsableArguments {
    static let defaultPort = 9931

    @Option(
        help: ArgumentHelp(
            "Serve the API too, on HOST:PORT, PORT (on loopback) or unix:PATH. Without API keys only this machine's "
                + "users may reach it.", valueName: "address"))
    var listen: String?

    @Option(
        help: ArgumentHelp(
            "Serve TLS with this certificate chain (PEM)\(ServerTLS.isBuiltIn ? "" : "; this build has no TLS").",
            valueName: "file"))
    var tlsCertificate: String?

    @Option(help: ArgumentHelp("The certificate's private key (PEM).", valueName: "file"))
    var tlsKey: String?

    func validate() throws {
        if let listen, ListenAddress(listen) == nil {
            throw ValidationError("--listen \(listen) is no address: give HOST:PORT, PORT or unix:PATH")
        }
        if (tlsCertificate == nil) != (tlsKey == nil) {
            throw ValidationError("--tls-certificate and --tls-key go together")
        }
        if tlsCertificate != nil, !ServerTLS.isBuiltIn { throw ValidationError(ServerTLS.absence) }
    }

    /// Nil when no API was asked for.
    func serverOptions(_ settings: ServingSettings) -> ServerOptions? {
        listen.flatMap { ListenAddress($0) }.map { options($0, settings) }
    }

    /// With the default address where none was given.
    func requiredOptions(_ settings: ServingSettings) -> ServerOptions {
        serverOptions(settings) ?? options(.tcp(host: "127.0.0.1", port: Self.defaultPort), settings)
    }

    private func options(_ address: ListenAddress, _ settings: ServingSettings) -> ServerOptions {
        var options = ServerOptions(address: address)
        options.drainSeconds = Double(settings.drainSeconds)
        if let tlsCertificate, let tlsKey { options.certificate = (tlsCertificate, tlsKey) }
        return options
    }
}
