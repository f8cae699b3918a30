/// Evidence that a loaded adapter acts on the base (invariant 4): what matched, how large its update is, what it changes.
public struct ProofOfEffect: Hashable, Sendable, Codable {
    /// The Frobenius norm of scale·B·A for one adapted module.
    public struct ModuleNorm: Hashable, Sendable, Codable {
        /// The module's path inside the model, such as `layers.3.self_attn.q_proj`.
        public let module: String
        /// ‖scale·B·A‖, Frobenius.
        public let norm: Double

        public init(module: String, norm: Double) {
            self.module = module
            self.norm = norm
        }
    }

    /// How far the adapter moves the base's next-token distribution on a fixed probe prompt.
    public struct Probe: Hashable, Sendable, Codable {
        /// KL(base, adapter) over the whole vocabulary, in nats.
        public let divergence: Double
        /// Whether the most likely token is another one than the base's.
        public let changesTopToken: Bool

        public init(divergence: Double, changesTopToken: Bool) {
            self.divergence = divergence
            self.changesTopToken = changesTopToken
        }
    }

    /// Linear modules of the base that the adapter changes.
    public let modulesMatched: Int
    /// Linear modules of the base that an adapter could change.
    public let modulesTotal: Int
    /// One entry per matched module, in layer order.
    public let norms: [ModuleNorm]
    /// Nil until the probe prompt has run on the resident adapter: the proof is pending. A load that requests caused is
    /// served before that.
    public var probe: Probe?

    public init(modulesMatched: Int, modulesTotal: Int, norms: [ModuleNorm], probe: Probe? = nil) {
        self.modulesMatched = modulesMatched
        self.modulesTotal = modulesTotal
        self.norms = norms
        self.probe = probe
    }

    /// The largest norm over all modules; 0 when there is none.
    public var largestNorm: Double { norms.map(\.norm).max() ?? 0 }
}
