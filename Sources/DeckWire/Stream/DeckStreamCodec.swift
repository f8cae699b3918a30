import DeckCore
import Foundation
import ModelFiles

/// Why a frame of a deck's stream cannot be used. The stream must be opened anew.
public struct DeckStreamError: Error, Hashable, Sendable, CustomStringConvertible {
    public let reason: String

    public init(_ reason: String) { self.reason = reason }

    public var description: String { reason }
}

/// Writes a deck's snapshots as frames of which each holds what changed since the one before.
///
/// A frame is one line of JSON: `{"full": {…}}`, or `{"since": index, "patch": {…}}` for who has the snapshot of that index.
/// Measured figures keep the digits that a screen can show. Whoever joins later gets `full` first, then the same frames as
/// everybody else.
public struct DeckStreamEncoder {
    private let memo = EncodingMemo()
    private var last: (index: Int, tree: JSONValue)?

    public init() {}

    /// The index of the last snapshot that was encoded; nil before the first.
    public var index: Int? { last?.index }

    /// The frame that leads from the last snapshot to this one; a full one for the first. Without a line's end.
    public mutating func encode(_ snapshot: DeckSnapshot) throws -> [UInt8] {
        var tree = try ValueEncoder.tree(snapshot, memo: memo, rounds: true)
        memo.turn()
        guard let last else {
            self.last = (snapshot.index, tree)
            return full ?? []
        }
        if case .object(var members) = tree, let pool = tree["pool"], let before = last.tree["pool"] {
            members["pool"] = OwnerAlignment.align(pool, to: before)
            tree = .object(members)
        }
        self.last = (snapshot.index, tree)
        let patch = ValuePatch.between(last.tree, tree) ?? .object([:])
        return JSONValue.object(["since": .int(last.index), "patch": patch]).text
    }

    /// The frame for who has nothing yet, of the last snapshot that was encoded; nil before the first.
    public var full: [UInt8]? { last.map { JSONValue.object(["full": $0.tree]).text } }
}

/// Reads the frames that a `DeckStreamEncoder` wrote. They may come from anybody: each is checked before it counts, every
/// number of what it leads to included.
public struct DeckStreamDecoder {
    private var last: (index: Int, tree: JSONValue)?

    public init() {}

    /// The snapshot that one frame leads to. A frame that throws changes nothing.
    public mutating func apply(_ frame: [UInt8]) throws(DeckStreamError) -> DeckSnapshot {
        let value: JSONValue
        do throws(ModelFileError) {
            value = try JSONValue.parse(frame, source: "the deck's stream")
        } catch {
            throw DeckStreamError(error.description)
        }
        let tree: JSONValue
        if let full = value["full"] {
            tree = full
        } else if let since = value["since"]?.int, let patch = value["patch"] {
            guard let last, last.index == since else {
                throw DeckStreamError(
                    "a frame follows snapshot \(since), and \(last.map { "\($0.index)" } ?? "none") is here")
            }
            do throws(ValuePatch.Misfit) {
                tree = try ValuePatch.apply(patch, to: last.tree)
            } catch {
                throw DeckStreamError("a frame does not fit: \(error.reason)")
            }
        } else {
            throw DeckStreamError("a frame is neither full nor a patch")
        }
        do throws(WireFault) {
            let snapshot = try tree.decoded(as: DeckSnapshot.self)
            last = (snapshot.index, tree)
            return snapshot
        } catch {
            throw DeckStreamError("engine sent \(error)")
        }
    }
}
