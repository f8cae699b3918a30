import Foundation
import Synchronization

/// Bytes that another thread brings.
public final class Gathered: Sendable {
    private let content = Mutex(Data())

    public init() {}

    public func add(_ bytes: [UInt8]) { content.withLock { $0.append(contentsOf: bytes) } }
    public var data: Data { content.withLock { $0 } }
}
