import Foundation

/// Sockets in the file system.
enum UnixSocket {
    /// What stands at a path where a server wants to listen.
    enum Occupant {
        case none, server
        /// A socket that nobody listens on.
        case leftOver
        /// Anything else, a link too.
        case file
    }

    static func occupant(of path: String) -> Occupant {
        // Does not follow links.
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: path) else { return .none }
        guard attributes[.type] as? FileAttributeType == .typeSocket else { return .file }
        return answers(path) ? .server : .leftOver
    }

    /// Whether somebody accepts connections there.
    private static func answers(_ path: String) -> Bool {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else { return false }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
    }
}
