import Foundation
import Testing

@testable import ModelFiles

/// Files are told by their first bytes, in the place of anything.
@Suite struct FileKindTests {
    private static let pointer = """
        version https://git-lfs.github.com/spec/v1
        oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393
        size 1844096

        """

    private static func utf16(_ text: String, bigEndian: Bool, mark: Bool) -> Data {
        let units = (mark ? [0xFEFF] : []) + Array(text.utf16)
        return Data(
            units.flatMap { bigEndian ? [UInt8($0 >> 8), UInt8($0 & 255)] : [UInt8($0 & 255), UInt8($0 >> 8)] })
    }

    private static func tar() -> Data {
        var data = Data("adapter_config.json".utf8) + Data(count: 512)
        data.replaceSubrange(257..<262, with: Data("ustar".utf8))
        return data
    }

    private static func zip(_ name: String) -> Data {
        Data([0x50, 0x4B, 3, 4]) + Data(count: 22) + Data([UInt8(name.utf8.count), 0, 0, 0]) + Data(name.utf8)
            + Data(count: 40)
    }

    static let foreign: [(name: String, data: Data, said: String, cure: String)] = [
        ("lfs", Data(pointer.utf8), "Git LFS pointer", "git lfs pull"),
        ("annex", Data("/annex/objects/SHA256E-s12--ab.safetensors\n".utf8), "git-annex pointer", "git annex get"),
        ("html", Data("<!DOCTYPE html>\n<html><head>".utf8), "a web page", "download it again"),
        ("HTML", Data("\n  <HTML lang=en>".utf8), "a web page", "download it again"),
        ("xml", Data("<?xml version=\"1.0\"?><Error><Code>AccessDenied".utf8), "XML answer", "download it again"),
        ("text", Data("Entry not found".utf8), "the text \"Entry not found\"", "Download it again"),
        ("404", Data("404: Not Found\n".utf8), "the text \"404: Not Found\"", "Download it again"),
        (
            "gated", Data("Access to model acme/x is restricted.\r\nLog in".utf8), "is restricted.\"",
            "Download it again"
        ),
        ("gzip", Data([0x1F, 0x8B, 8, 0, 0, 0, 0, 0]), "a gzip archive", "unpack it"),
        ("zip", zip("my-adapter/adapter_config.json"), "a zip archive", "unpack it"),
        ("tar", tar(), "a tar archive", "unpack it"),
        ("xz", Data([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0, 1, 2]), "a xz archive", "unpack it"),
        ("zstd", Data([0x28, 0xB5, 0x2F, 0xFD, 1]), "a zstd archive", "unpack it"),
        ("torch", zip("archive/data.pkl"), "pickle", "convert them to safetensors"),
        ("pickle", Data([0x80, 2, 0x8A, 0x0A, 0x6C, 0xFC, 1, 2, 3, 4]), "pickle", "convert them to safetensors"),
        ("utf16le", utf16("{\"r\": 8}", bigEndian: false, mark: true), "UTF-16", "iconv"),
        ("utf16be", utf16("{\"r\": 8}", bigEndian: true, mark: true), "UTF-16", "iconv"),
        ("utf16 unmarked", utf16("{\n \"r\": 8}", bigEndian: false, mark: false), "UTF-16", "iconv"),
        ("zeros", Data(count: 4096), "zero bytes only", "copy or download it again"),
    ]

    private func kind(_ data: Data) -> FileKind { data.withUnsafeBytes { FileKind($0) } }

    @Test(arguments: foreign.indices)
    func foreignFilesAreToldWhateverTheirPlace(_ index: Int) throws {
        let (name, data, said, cure) = Self.foreign[index]
        for wanted in [FileKind.Wanted.json, .safetensors, .gguf] {
            let text = try #require(kind(data).mismatch(wanted), "\(name)")
            #expect(text.contains(said) && text.contains(cure), "\(name): \(text)")
        }
        let folder = try ScratchFolder()
        let path = try folder.write(data)
        #expect(refusal { try JSONValue.parse(file: path) }.contains(said))
        #expect(refusal { try SafetensorsFile(path: path) }.contains(said))
        #expect(refusal { try GGUFFile(path: path) }.contains(said))
    }

    @Test func formatsAreToldApart() {
        let gguf = Data("GGUF".utf8) + Data([3, 0, 0, 0])
        let safetensors = Data([0x80, 2, 0, 0, 0, 0, 0, 0]) + Data("{\"a\"".utf8)
        let json = Data("\u{FEFF}\n {\"r\": 8}".utf8)
        #expect(kind(gguf) == .gguf && kind(safetensors) == .safetensors && kind(json) == .json)
        // A table of 123 bytes begins as UTF-16 text of an object does.
        #expect(kind(Data([0x7B, 0, 0, 0, 0, 0, 0, 0]) + Data("{}".utf8)) == .safetensors)
        // JSON whose ninth byte is a brace.
        #expect(kind(Data("{\"abcd\":{}}".utf8)) == .json)
        #expect(kind(gguf).mismatch(.safetensors)?.contains("a GGUF file, not a safetensors file") == true)
        #expect(kind(safetensors).mismatch(.json)?.contains("a safetensors file, not JSON") == true)
        #expect(kind(json).mismatch(.gguf)?.contains("JSON text, not a GGUF file") == true)
        #expect(kind(json).mismatch(.json) == nil && kind(gguf).mismatch(.gguf) == nil)
    }

    @Test func whatCannotBeToldIsUnknown() {
        #expect(kind(Data()) == .unknown && kind(Data([7])) == .unknown)
        #expect(kind(Data((0..<64).map { UInt8(truncatingIfNeeded: $0 * 37 + 129) })).mismatch(.gguf) == nil)
        // Cut anywhere, nothing is read beyond the end.
        for (_, data, _, _) in Self.foreign { for count in 0..<min(data.count, 300) { _ = kind(data.prefix(count)) } }
    }

    @Test func whatHasNoBytesIsNoKind() throws {
        #expect(
            FileKind(resolved: "/nowhere") == nil && FileKind(resolved: "/dev/null") == nil
                && FileKind(resolved: "/") == nil)
    }
}
