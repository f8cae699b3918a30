/// In which state a file was when it was looked at.
///
/// Two equal states of a file mean that nobody has written it in between: every write and every truncation sets the time
/// of modification, and every way to set that time back (`utimes`, `touch -r`, `cp -p`, `rename` over it) sets the time of
/// change or gives another inode, and the time of change cannot be chosen by a program. Two kinds of writer escape it.
/// One writes again within the clock's tick of the write before, so a state counts only once it has been still for a while
/// (`settlingSeconds`; git calls the others racily clean). The other holds the file mapped for writing, where the system
/// stamps a page's first write only; weights are not edited in place, and a copy or a download is no mapping.
public struct FileState: Hashable, Sendable, Codable {
    public let device: UInt64
    public let inode: UInt64
    /// In bytes.
    public let size: Int64
    /// Nanoseconds since 1970 when its content was last written, as its owner says.
    public let modified: Int64
    /// Nanoseconds since 1970 when content or attributes were last written, as the system says.
    public let changed: Int64

    /// Seconds after a change before a state is trusted: more than the tick of any file system's clock (FAT has two).
    public static let settlingSeconds: Int64 = 3

    public init(device: UInt64, inode: UInt64, size: Int64, modified: Int64, changed: Int64) {
        self.device = device
        self.inode = inode
        self.size = size
        self.modified = modified
        self.changed = changed
    }

    /// Whether a later write is sure to give another state. `now` is in nanoseconds since 1970.
    public func isSettled(at now: Int64) -> Bool {
        max(modified, changed) < now - Self.settlingSeconds * 1_000_000_000
    }
}
