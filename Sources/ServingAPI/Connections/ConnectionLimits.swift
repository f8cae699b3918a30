import Glibc

/// How many connections there may be, and for how long each phase of one.
struct ConnectionLimits: Hashable, Sendable {
    /// Connections that may ask anything.
    var most: Int
    /// Places beyond those, for who asks how the server fares. Whatever comes finds one: the oldest gives way.
    var reserve = 64
    /// Of `most`, for one address of another machine. A proxy on this machine brings everybody's.
    var perAddress: Int
    /// Seconds from the connection to the end of its first request's head.
    var headSeconds: Double
    /// Seconds from a head to the end of its body, after the body's own limit, which has an answer.
    var bodySeconds: Double
    /// Seconds without a further request.
    var idleSeconds: Double

    /// Files that a server opens besides its connections: models, adapters, the registry.
    private static let otherFiles = 96

    /// As many as the process may have files for, where that is less.
    func fitting(files: Int) -> ConnectionLimits {
        var limits = self
        limits.most = max(1, min(most, files - Self.otherFiles - reserve))
        limits.perAddress = min(perAddress, limits.most)
        return limits
    }

    /// Files that the process may have open, after asking for as many as `wanted`.
    static func openFiles(wanted: Int) -> Int {
        var limit = rlimit()
        let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(kind, &limit) == 0 else { return wanted }
        guard limit.rlim_cur < rlim_t(wanted) else { return wanted }
        var raised = limit
        raised.rlim_cur = min(rlim_t(wanted), limit.rlim_max)
        return Int(setrlimit(kind, &raised) == 0 ? raised.rlim_cur : limit.rlim_cur)
    }

    /// Asks the system for the files that all connections need, and fits into what it gives.
    var fittingHere: ConnectionLimits { fitting(files: Self.openFiles(wanted: most + reserve + Self.otherFiles)) }
}
