import Foundation
import Synchronization

/// Bytes that another thread brings.
final class Gathered: Sendable {
    private let content = Mutex(Data())

    func add(_ bytes: [UInt8]) { content.withLock { $0.append(contentsOf: bytes) } }
    var data: Data { content.withLock { $0 } }
}
