import Foundation
import ModelFiles
import TestSupport
import Testing

@Suite struct SafetensorsFileTests {
    private let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    private static func sample() -> SafetensorsBuilder {
        SafetensorsBuilder([
            .init("a", shape: [2, 2], floats: [1, 2, 3, 4]),
            .init("b", dtype: "BF16", shape: [3], bytes: [0x80, 0x3F, 0x00, 0xC0, 0, 0]),
            .init("c", dtype: "F16", shape: [1], bytes: [0x00, 0x3E]), .init("d", shape: [1], floats: [9]),
            .init("empty", shape: [0, 4], floats: []), .init("scalar", shape: [], floats: [5]),
        ])
    }

    private func open(_ data: Data) throws -> SafetensorsFile { try SafetensorsFile(path: folder.write(data)) }

    private func reason(_ sourceLocation: SourceLocation = #_sourceLocation, header: String, data: Int = 0) -> String {
        refusal(sourceLocation: sourceLocation) {
            try open(SafetensorsBuilder.file(header: header, data: [UInt8](repeating: 0, count: data)))
        }
    }

    @Test func readsWhatWasWritten() throws {
        let file = try open(Self.sample().build())
        #expect(file.metadata == ["format": "pt"])
        #expect(file.tensors.count == 6)
        #expect(try file.tensors["a"]?.floats(row: 1) == [3, 4])
        #expect(try file.tensors["b"]?.floats() == [1, -2, 0])
        #expect(try file.tensors["c"]?.floats() == [1.5])
        // At an address that no float is aligned to.
        #expect(try file.tensors["d"]?.floats() == [9])
        #expect(try file.tensors["scalar"]?.floats() == [5])
        #expect(file.tensors["empty"]?.bytes.count == 0)
    }

    @Test func everyTruncationIsAnError() throws {
        let data = Self.sample().build()
        for count in 1..<data.count {
            let path = try folder.write(data.prefix(count))
            #expect(throws: ModelFileError.self, "\(count) of \(data.count) bytes") { try SafetensorsFile(path: path) }
        }
    }

    @Test func flippedBitsNeverCrash() throws {
        let data = Self.sample().build()
        var random = SeededGenerator(seed: 7)
        var refused = 0
        for _ in 0..<1000 {
            var broken = data
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                broken[Int.random(in: 0..<broken.count, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            }
            do {
                for view in try open(broken).tensors.values { _ = try view.floats() }
            } catch {
                refused += 1
            }
        }
        #expect(refused > 500)
    }

    @Test func hugeClaimsAreRefused() {
        var builder = Self.sample()
        builder.headerLength = 5 << 40
        #expect(refusal { try open(builder.build()) }.contains("claims 5497558138880 bytes; at most 100000000"))
        builder.headerLength = .max
        #expect(refusal { try open(builder.build()) }.contains("at most 100000000"))
        builder.headerLength = 90_000_000
        #expect(refusal { try open(builder.build()) }.contains("truncated"))
        let terabytes = #"{"a":{"dtype":"F32","shape":[1099511627776,4],"data_offsets":[0,17592186044416]}}"#
        #expect(reason(header: terabytes, data: 4).contains("ends at data offset 17592186044416"))
        let overflow = #"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,4]}}"#
        #expect(reason(header: overflow, data: 4).contains("overflows"))
        let larger = #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,99999999999999999999]}}"#
        #expect(reason(header: larger, data: 4).contains("data_offsets"))
    }

    @Test func placesAreChecked() {
        func pair(_ left: (Int, Int), _ right: (Int, Int), data: Int) -> String {
            reason(
                header: """
                    {"a":{"dtype":"F32","shape":[\((left.1 - left.0) / 4)],"data_offsets":[\(left.0),\(left.1)]},\
                    "b":{"dtype":"F32","shape":[\((right.1 - right.0) / 4)],"data_offsets":[\(right.0),\(right.1)]}}
                    """, data: data)
        }
        #expect(pair((0, 8), (4, 12), data: 12) == "the tensors \"a\" and \"b\" overlap in the file")
        #expect(pair((0, 8), (0, 8), data: 8).contains("overlap"))
        #expect(pair((0, 4), (8, 12), data: 12).contains("4 bytes before the tensor \"b\""))
        #expect(pair((0, 4), (4, 8), data: 12).contains("last 4 bytes"))
        #expect(pair((0, 4), (4, 12), data: 8).contains("\"b\" ends at data offset 12"))
        #expect(reason(header: #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#).contains("offsets 4 to 0"))
        #expect(reason(header: #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}"#).contains("offsets -4"))
        let short = #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#
        #expect(reason(header: short, data: 4).contains("is 8 bytes, but its offsets span 4"))
    }

    @Test func headersAreStrict() {
        #expect(reason(header: "[]") == "the header is not a JSON object")
        #expect(reason(header: "{").contains("invalid JSON"))
        #expect(reason(header: "{} x").contains("text follows"))
        let entry = #"{"dtype":"F32","shape":[1],"data_offsets":[0,4]}"#
        #expect(reason(header: "{\"a\":\(entry),\"a\":\(entry)}", data: 4).contains("\"a\" is there twice"))
        #expect(reason(header: "{\"a\":\(entry),\"\\u0061\":\(entry)}", data: 4).contains("twice"))
        #expect(reason(header: String(repeating: "[", count: 5000)).contains("nested deeper"))
        #expect(reason(header: #"{"__metadata__":{"a":1}}"#).contains("not a string"))
        #expect(reason(header: #"{"a":{"shape":[1],"data_offsets":[0,4]}}"#).contains("has no dtype"))
        #expect(reason(header: #"{"a":{"dtype":"F32","data_offsets":[0,4]}}"#).contains("has no shape"))
        #expect(reason(header: #"{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}"#).contains("no size"))
        #expect(reason(header: #"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#).contains("no size"))
        #expect(reason(header: #"{"a\u001b[2J":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#).contains("control"))
    }

    @Test(arguments: ["I64", "F8_E4M3", "U8", "F64"]) func otherTypesAreNamed(dtype: String) {
        let header = "{\"w.x\":{\"dtype\":\"\(dtype)\",\"shape\":[1],\"data_offsets\":[0,8]}}"
        #expect(reason(header: header, data: 8).hasPrefix("the tensor \"w.x\" has the type \(dtype), which is not"))
    }

    @Test func picklesAreRefused() throws {
        let zip = Data([0x50, 0x4B, 3, 4] + [UInt8](repeating: 0, count: 60))
        #expect(refusal { try open(zip) }.contains("convert them to safetensors"))
        #expect(refusal { try open(Data([0x80, 2, 0x8A, 0x0A, 0x6C, 0xFC, 1, 2, 3, 4])) }.contains("pickled weights"))
        #expect(refusal { try open(Data("GGUF\u{3}\0\0\0".utf8)) }.contains("GGUF file"))
    }

    @Test func aHeaderOf640BytesIsNoPickle() throws {
        // Its length begins with the bytes 0x80 0x02, as a pickle does.
        let entry = #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}"#
        let header = entry + String(repeating: " ", count: 640 - entry.utf8.count - 1) + "}"
        #expect(try open(SafetensorsBuilder.file(header: header, data: [0, 0, 128, 63])).tensors["a"]?.floats() == [1])
    }

    @Test func opensTheDemoAdapters() throws {
        let path = Fixture.demoAdapters.appendingPathComponent("sql-helper/adapter_model.safetensors").path
        #expect(try SafetensorsFile(path: path).tensors.count > 0)
    }
}
