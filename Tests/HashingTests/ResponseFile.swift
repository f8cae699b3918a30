import Foundation
import TestSupport

/// One of the response files of NIST's validation system for SHA-256 (SHAVS): blocks of `name = value`.
struct ResponseFile {
    /// In the order of the file.
    let fields: [(name: String, value: String)]

    init(_ name: String) throws {
        let url = Fixture.root.appendingPathComponent("Tests/HashingTests/Fixtures/\(name)")
        fields = try String(contentsOf: url, encoding: .utf8).split(separator: "\n").compactMap { line in
            let sides = line.components(separatedBy: " = ")
            guard sides.count == 2, !line.hasPrefix("["), !line.hasPrefix("#") else { return nil }
            return (sides[0], sides[1])
        }
    }

    /// All values of one name.
    func values(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }

    /// Messages and their digests.
    var messages: [(bytes: [UInt8], digest: String)] {
        zip(zip(values("Len"), values("Msg")), values("MD")).map { message, digest in
            // The empty message is written as one byte.
            (Array(Self.bytes(message.1).prefix((Int(message.0) ?? 0) / 8)), digest)
        }
    }

    static func bytes(_ hex: String) -> [UInt8] {
        let digits = Array(hex)
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(String(digits[$0...$0 + 1]), radix: 16) ?? 0 }
    }
}
