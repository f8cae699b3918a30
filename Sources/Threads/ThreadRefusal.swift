import Glibc

/// The system would not start a thread.
public struct ThreadRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    /// What pthread_create(3) said.
    public let code: Int32

    public init(code: Int32) { self.code = code }

    public var description: String {
        "the system refuses another thread: \(String(cString: strerror(code))). Allow more processes (ulimit -u, or a "
            + "container's limit of pids) or more memory (ulimit -v)"
    }
}
