import DeckCore
import Foundation
import ModelFiles
import Synchronization
import TestSupport

/// Adapters in memory, by path: their size, content and failures can be changed while the engine runs, as files can.
final class ToyAdapters: AdapterOpening {
    struct File: Sendable {
        /// Pages that it needs with four tokens a page.
        var pages = 2
        var seed: UInt64 = 1
        var openFailure: String?
        var readFailure: String?
        var shapeWidth = 16
        /// Its time of change; and whether that is long enough ago to prove anything.
        var written: Int64 = 1
        var isSettled = true
        var verdict = BaseVerdict.unverified(reason: "toy")

        /// The last module is smaller, so that it and the layout's table fill the pages up.
        func rank(_ module: Int) -> Int { module == pages - 1 ? 1 : 2 }
    }

    private final class ReadLog: Sendable {
        private let reads = Mutex<[Read]>([])

        var all: [Read] { reads.withLock { $0 } }
        func add(_ read: Read) { reads.withLock { $0.append(read) } }
    }

    private struct Content: AdapterContent {
        let file: File
        let path: String
        let reads: ReadLog

        var shapes: [LoRAShape] {
            (0..<file.pages).map {
                LoRAShape(
                    layer: $0, module: .query, rank: file.rank($0), inputSize: file.shapeWidth,
                    outputSize: file.shapeWidth, scale: 2)
            }
        }

        var facts: AdapterFacts {
            AdapterFacts(
                format: "peft", path: path, declaredBase: nil, verdict: file.verdict,
                ranks: 1...2, alpha: 4,
                scales: 2...2, targets: ["q_proj"], moduleCount: file.pages, fileBytes: file.pages * 256)
        }

        var files: [FileState] { ToyAdapters.states(file) }

        func read(knownAs known: Digest?, _ body: (Int, StoredMatrix, StoredMatrix) throws -> Void) throws -> Digest {
            reads.add(Read(path: path, isKnown: known != nil))
            let weights = ToyAdapters.weights(file)
            var start = 0
            for index in 0..<file.pages {
                if let reason = file.readFailure, index == file.pages / 2 { throw AdapterRefusal(reason) }
                let (rank, width) = (file.rank(index), file.shapeWidth)
                let a = Array(weights[start..<start + rank * width])
                start += rank * width
                // Files hold B as [width × rank], the reference its transpose.
                let b = (0..<rank * width).map { weights[start + $0 % rank * width + $0 / rank] }
                start += rank * width
                try a.withUnsafeBytes { a in
                    try b.withUnsafeBytes { b in
                        try body(
                            index, StoredMatrix(type: .f32, rows: rank, columns: width, bytes: a),
                            StoredMatrix(type: .f32, rows: width, columns: rank, bytes: b))
                    }
                }
            }
            return known ?? ToyAdapters.digest(file)
        }
    }

    /// A read of weights, and whether the reader knew their digest.
    struct Read: Hashable, Sendable {
        let path: String
        let isKnown: Bool
    }

    let files: Mutex<[String: File]>
    private let log = ReadLog()
    /// Every read of weights so far.
    var reads: [Read] { log.all }

    init(_ files: [String: File]) { self.files = Mutex(files) }

    func change(_ path: String, _ change: (inout File) -> Void) {
        files.withLock { change(&$0[path, default: File()]) }
    }

    func open(path: String, overrideBase: Bool) throws(AdapterRefusal) -> any AdapterContent {
        guard let file = files.withLock({ $0[path] }) else {
            throw AdapterRefusal("no adapter at \(path)")
        }
        return try open(file, path: path)
    }

    /// Names that have a place of their own, and its path.
    let places = Mutex<[String: String]>([:])

    func standing(under name: String) -> (path: String, files: [FileState])? {
        guard let path = places.withLock({ $0[name] }), let file = files.withLock({ $0[path] }) else { return nil }
        return (path, Self.states(file))
    }

    /// A file's content, wherever it stands.
    func open(_ file: File, path: String) throws(AdapterRefusal) -> any AdapterContent {
        if let reason = file.openFailure { throw AdapterRefusal(reason) }
        return Content(file: file, path: path, reads: log)
    }

    /// What `FileState`s a file of this content has; none for one that was written just now.
    static func states(_ file: File) -> [FileState] {
        guard file.isSettled else { return [] }
        return [
            FileState(
                device: 1, inode: file.seed, size: Int64(file.pages), modified: file.written, changed: file.written)
        ]
    }

    /// A then B of each module, in order.
    static func weights(_ file: File) -> [Float] {
        var generator = SeededGenerator(seed: file.seed)
        return (0..<(file.pages * 4 - 2) * file.shapeWidth).map { _ in
            Float.random(in: -1...1, using: &generator)
        }
    }

    static func digest(_ file: File) -> Digest {
        var bytes = [UInt8](repeating: 0, count: 32)
        for index in 0..<8 { bytes[index] = UInt8(truncatingIfNeeded: file.seed >> (8 * index)) }
        bytes[8] = UInt8(truncatingIfNeeded: file.pages)
        return Digest(bytes: bytes)!
    }

    /// The version that registering `path` under `name` would make.
    func version(_ name: String, path: String? = nil) -> AdapterVersion {
        let path = path ?? name
        let file = files.withLock { $0[path] } ?? File()
        return AdapterVersion(
            name: name, digest: Self.digest(file), facts: Content(file: file, path: path, reads: log).facts,
            registered: Date())
    }
}
