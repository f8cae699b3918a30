import Foundation
import ModelFiles
import TestSupport
import Testing

@Suite struct GGUFFileTests {
    private let folder: ScratchFolder

    init() throws { folder = try ScratchFolder() }

    private static func sample() -> GGUFBuilder {
        var builder = GGUFBuilder()
        builder.metadata = [
            ("general.architecture", .string("llama")), ("a.count", .uint32(7)), ("a.flag", .bool(true)),
            ("a.rate", .float32(0.5)), ("a.words", .strings(["one", "zwei", ""])), ("a.ints", .ints([-1, 2])),
            ("a.floats", .floats([1, 2.5])),
        ]
        builder.tensors = [
            .init("x", shape: [2, 3], floats: [1, 2, 3, 4, 5, 6]), .init("y", shape: [4], floats: [7, 8, 9, 10]),
            .init("q", type: 2, dimensions: [32, 2], bytes: [UInt8](repeating: 1, count: 36)),
        ]
        return builder
    }

    private func open(_ builder: GGUFBuilder) throws -> GGUFFile { try GGUFFile(path: folder.write(builder.build())) }

    private func reason(
        _ sourceLocation: SourceLocation = #_sourceLocation, _ change: (inout GGUFBuilder) -> Void
    ) -> String {
        var builder = Self.sample()
        change(&builder)
        return refusal(sourceLocation: sourceLocation) { try open(builder) }
    }

    @Test(arguments: [UInt32(2), 3]) func readsWhatWasWritten(version: UInt32) throws {
        var builder = Self.sample()
        builder.version = version
        let file = try open(builder)
        #expect(file.metadata["a.count"]?.int == 7)
        #expect(file.metadata["a.flag"]?.bool == true)
        #expect(file.metadata["a.rate"]?.number == 0.5)
        #expect(file.metadata["a.words"]?.strings == ["one", "zwei", ""])
        #expect(file.metadata["a.ints"]?.ints == [-1, 2])
        #expect(file.metadata["a.floats"]?.floats == [1, 2.5])
        #expect(file.tensorOrder == ["x", "y", "q"])
        let x = try #require(file.tensors["x"])
        #expect(x.shape == [2, 3])
        #expect(try x.floats(row: 1) == [4, 5, 6])
        #expect(file.tensors["q"]?.bytes.count == 36)
        #expect(file.tensors["q"]?.type == .q4_0)
    }

    @Test func everyTruncationIsAnError() throws {
        let data = Self.sample().build()
        // The last tensor's 36 bytes end before its padding.
        let end = data.count - 28
        for count in 1..<end {
            let path = try folder.write(data.prefix(count))
            #expect(throws: ModelFileError.self, "\(count) of \(end) bytes") { try GGUFFile(path: path) }
        }
        _ = try GGUFFile(path: folder.write(data.prefix(end)))
    }

    @Test func flippedBitsNeverCrash() throws {
        let data = Self.sample().build()
        var random = SeededGenerator(seed: 42)
        var refused = 0
        for _ in 0..<1000 {
            var broken = data
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                broken[Int.random(in: 0..<broken.count, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            }
            let path = try folder.write(broken)
            do {
                for view in try GGUFFile(path: path).tensors.values where view.isPlain { _ = try view.floats() }
            } catch {
                refused += 1
            }
        }
        #expect(refused > 200)
    }

    @Test func countsAreCheckedBeforeTheyAreBelieved() {
        #expect(reason { $0.tensorCount = 1 << 62 }.contains("claims 4611686018427387904 tensors"))
        #expect(reason { $0.valueCount = .max }.contains("metadata values"))
        #expect(reason { $0.set("a.big", .raw(8, littleEndian(UInt64(1) << 40))) }.contains("bytes of \"a.big\""))
        let array = littleEndian(UInt32(8)) + littleEndian(UInt64(1) << 40)
        #expect(reason { $0.set("a.big", .raw(9, array)) }.contains("elements of \"a.big\""))
        let nested = littleEndian(UInt32(9)) + littleEndian(UInt64(1))
        #expect(reason { $0.set("a.nested", .raw(9, nested)) }.contains("array of arrays"))
        #expect(reason { $0.set("a.odd", .raw(77, [])) }.contains("unknown type 77"))
        #expect(reason { $0.set("a.bool", .raw(7, [9])) }.contains("boolean of 9"))
        #expect(reason { $0.set("a.huge", .uint64(.max)) }.contains("too large"))
    }

    @Test func duplicatesAreRefused() {
        #expect(reason { $0.metadata.append(("a.count", .uint32(8))) } == "the metadata key \"a.count\" is there twice")
        #expect(reason { $0.tensors.append(.init("x", shape: [1], floats: [0])) }.contains("\"x\" is there twice"))
    }

    @Test func shapesAreBounded() {
        func shape(_ dimensions: [UInt64], type: UInt32 = 0) -> String {
            reason { $0.tensors.append(.init("bad", type: type, dimensions: dimensions, bytes: [0, 0, 0, 0])) }
        }
        #expect(shape([1, 1, 1, 1, 1]).contains("\"bad\" has 5 dimensions"))
        #expect(shape([]).contains("0 dimensions"))
        #expect(shape([4, 0]).contains("dimension of 0"))
        #expect(shape([1 << 40, 1 << 40]).contains("overflows"))
        #expect(shape([1 << 63]).contains("dimension of"))
        #expect(shape([1 << 62]).contains("overflows"))
        #expect(shape([1 << 40]).contains("needs 4398046511104 bytes"))
        #expect(shape([33], type: 2).contains("rows of 33 values; Q4_0 needs a multiple of 32"))
    }

    @Test func offsetsAreChecked() {
        func offset(_ offset: UInt64) -> String {
            reason { $0.tensors.append(.init("bad", type: 0, dimensions: [1], bytes: [0, 0, 0, 0], offset: offset)) }
        }
        #expect(offset(0) == "the tensors \"x\" and \"bad\" overlap in the file")
        #expect(offset(4).contains("no multiple of 32"))
        #expect(offset(1 << 40).contains("truncated"))
        #expect(offset(.max - 31).contains("past the end"))
        #expect(offset(UInt64(Int.max) - 31).contains("truncated"))
    }

    @Test(arguments: [
        (16, "IQ2_XXS"), (9, "Q8_1"), (34, "TQ1_0"), (39, "MXFP4"), (24, "I8"), (4, "Q4_2"), (99, "type 99"),
    ])
    func unsupportedTypesAreNamed(id: UInt32, name: String) {
        let reason = reason { $0.tensors.append(.init("blk.0.odd", type: id, dimensions: [256], bytes: [])) }
        #expect(reason.hasPrefix("the tensor \"blk.0.odd\" has the type \(name), which is not supported"))
    }

    @Test func headersAreChecked() throws {
        #expect(reason { $0.version = 1 }.contains("version 1 is not supported"))
        #expect(reason { $0.version = UInt32(3).byteSwapped }.contains("big-endian"))
        #expect(reason { $0.set("general.alignment", .uint32(24)) }.contains("general.alignment"))
        #expect(reason { $0.set("general.alignment", .uint32(0)) }.contains("general.alignment"))
        #expect(refusal { try GGUFFile(path: folder.write(Data("hello there".utf8))) }.contains("not a GGUF file"))
        let pickle = Data([0x80, 2, 0x8A, 10, 1, 2, 3, 4, 5, 6])
        #expect(refusal { try GGUFFile(path: folder.write(pickle)) }.contains("pickled weights are refused"))
        let pointer = Data("version https://git-lfs.github.com/spec/v1\noid".utf8)
        #expect(refusal { try GGUFFile(path: folder.write(pointer)) }.contains("git lfs pull"))
    }

    @Test func alignmentIsHonoured() throws {
        var builder = Self.sample()
        builder.alignment = 64
        builder.set("general.alignment", .uint32(64))
        #expect(try open(builder).tensors["y"]?.floats() == [7, 8, 9, 10])
    }

    @Test func filesThatAreNone() throws {
        let path = folder.url.path
        #expect(refusal { try MappedFile(path: path + "/none") } == "no such file")
        #expect(refusal { try MappedFile(path: path) } == "is a folder, not a file")
        #expect(refusal { try MappedFile(path: folder.write(Data())) }.contains("the file is empty"))
        #expect(refusal { try MappedFile(path: "/dev/null") } == "is not a regular file")
        let pipe = path + "/pipe"
        #expect(mkfifo(pipe, 0o600) == 0)
        #expect(refusal { try MappedFile(path: pipe) } == "is not a regular file")
    }

    @Test func halvesAreReadExactly() throws {
        // Every half but the NaNs, and the NaNs as NaN.
        let bits = (0...UInt16.max).map { $0 }
        let tensor = GGUFBuilder.Tensor(
            "h", type: 1, dimensions: [256, 256], bytes: bits.flatMap { littleEndian($0) })
        var builder = GGUFBuilder()
        builder.tensors = [tensor]
        let values = try #require(try open(builder).tensors["h"]).floats()
        let wrong = bits.filter {
            let right = Float(Float16(bitPattern: $0))
            return right.isNaN ? !values[Int($0)].isNaN : values[Int($0)].bitPattern != right.bitPattern
        }
        #expect(wrong.isEmpty)
    }

    @Test func quantisedRowsAreNotReadAsFloats() throws {
        let quantised = try #require(try open(Self.sample()).tensors["q"])
        #expect(refusal { try quantised.floats(row: 0) }.contains("stored as Q4_0"))
        let plain = try #require(try open(Self.sample()).tensors["x"])
        #expect(refusal { try plain.floats(row: 2) }.contains("there are 2"))
        #expect(refusal { try plain.floats(row: -1) }.contains("there are 2"))
    }
}
