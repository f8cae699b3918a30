import DeckCore
import Foundation

/// A folder of copies, each in a folder of its own that is called by its digest. Several processes may use it at once.
///
/// A copy appears whole, by a change of its folder's name, and leaves by one: what a killed process was at work on has
/// another name and is swept away by the next.
struct VersionFolder: Sendable {
    struct Copy: Sendable {
        let digest: Digest
        let bytes: Int
        /// When it was made or last wanted, in nanoseconds since 1970.
        let touched: Int64
    }

    let path: String

    func place(of digest: Digest) -> String { path + "/" + digest.hex }

    func holds(_ digest: Digest) -> Bool { access(place(of: digest), F_OK) == 0 }

    /// Every copy, the one that was wanted longest ago first.
    func copies() -> [Copy] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.compactMap { name in
            var status = stat()
            guard let digest = Digest(hex: name), lstat(path + "/" + name, &status) == 0,
                status.st_mode & S_IFMT == S_IFDIR
            else { return nil }
            return Copy(
                digest: digest, bytes: Self.bytes(in: path + "/" + name),
                touched: Int64(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_mtim.tv_nsec))
        }.sorted { ($0.touched, $0.digest.hex) < ($1.touched, $1.digest.hex) }
    }

    /// When a copy last came or left, in nanoseconds since 1970; nil where the folder cannot be looked at.
    var changed: Int64? {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        return Int64(status.st_mtim.tv_sec) &* 1_000_000_000 &+ Int64(status.st_mtim.tv_nsec)
    }

    private static func bytes(in folder: String) -> Int {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.reduce(0) { sum, name in
            var status = stat()
            return lstat(folder + "/" + name, &status) == 0 ? sum + Int(status.st_size) : sum
        }
    }

    /// A copy is wanted now.
    func touch(_ digest: Digest) { utimensat(AT_FDCWD, place(of: digest), nil, 0) }

    /// An empty folder for a copy that is being made.
    func workplace() throws(AdapterRefusal) -> String {
        let place = "\(path)/\(Self.workPrefix)\(getpid())-\(UInt64.random(in: .min ... .max))"
        guard mkdir(place, 0o700) == 0 else { throw AdapterRefusal("\(place): \(String(cString: strerror(errno)))") }
        return place
    }

    /// Makes the finished work the copy of its digest; where there is one by now, that stays.
    func settle(_ workplace: String, as digest: Digest) {
        if rename(workplace, place(of: digest)) != 0 { remove(workplace) }
        let descriptor = Foundation.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        fsync(descriptor)
        close(descriptor)
    }

    func remove(_ digest: Digest) {
        guard let emptied = try? workplace() else { return }
        // Onto an empty folder: a copy is whole or not there.
        if rename(place(of: digest), emptied) != 0 { rmdir(emptied) } else { remove(emptied) }
    }

    func remove(_ workplace: String) { try? FileManager.default.removeItem(atPath: workplace) }

    /// Removes what processes left that are no more.
    func sweep() {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        where name.hasPrefix(Self.workPrefix) {
            let owner = name.dropFirst(Self.workPrefix.count).prefix { $0 != "-" }
            guard let process = pid_t(owner), process != getpid() else { continue }
            if kill(process, 0) != 0, errno == ESRCH { remove(path + "/" + name) }
        }
    }

    private static let workPrefix = ".work-"

    /// Runs `body` while no other process changes which copies there are.
    func locked<Value>(_ body: () -> Value) -> Value {
        let descriptor = Foundation.open(path, O_RDONLY | O_CLOEXEC)
        defer { if descriptor >= 0 { close(descriptor) } }
        while descriptor >= 0, flock(descriptor, LOCK_EX) != 0, errno == EINTR {}
        return body()
    }
}
