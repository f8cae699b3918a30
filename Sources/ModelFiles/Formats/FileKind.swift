import Foundation

/// What a file is by its first bytes, whatever it is called.
///
/// In the place of weights and configurations stand all kinds of things when a download, a copy or a check-out went wrong;
/// every reader asks here what it has got before it complains of its own format.
enum FileKind: Hashable {
    case gguf
    case safetensors
    /// Text that begins as an object or an array does.
    case json
    case pickle
    case lfsPointer
    case annexPointer
    case webPage
    /// An XML document, as storage services answer with.
    case xml
    case utf16
    case archive(String)
    /// One line of text that is none of the above.
    case text(String)
    case zeros
    case unknown

    /// Bytes that are looked at, at most: a tar archive has its mark at 257.
    static let length = 512

    /// Looks at the beginning of a file; what follows the first `length` bytes does not matter.
    init(_ bytes: UnsafeRawBufferPointer) {
        let start = UnsafeRawBufferPointer(rebasing: bytes.prefix(Self.length))
        self = Self.binary(start) ?? Self.text(start) ?? .unknown
    }

    /// Looks at the regular file at a resolved path; nil for what cannot be read.
    init?(resolved path: String) {
        let descriptor = LinkFreePath.open(path, O_RDONLY | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        var buffer = [UInt8](repeating: 0, count: Self.length)
        let count = pread(descriptor, &buffer, buffer.count, 0)
        guard count >= 0 else { return nil }
        self = buffer.withUnsafeBytes { FileKind(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    }

    /// What a reader expects.
    enum Wanted: String {
        case gguf = "a GGUF file"
        case safetensors = "a safetensors file"
        case json = "JSON"
    }

    /// Says what stands in the place of `wanted` and what to do. Nil when it is that, or cannot be told.
    func mismatch(_ wanted: Wanted) -> String? {
        switch self {
        case .gguf: wanted == .gguf ? nil : "this is a GGUF file, not \(wanted.rawValue)"
        case .safetensors: wanted == .safetensors ? nil : "this is a safetensors file, not \(wanted.rawValue)"
        case .json: wanted == .json ? nil : "this is JSON text, not \(wanted.rawValue): download it again"
        case .pickle: "pickled weights are refused, because reading a pickle can run code; convert them to safetensors"
        case .lfsPointer: "this is a Git LFS pointer, not the file itself; fetch it with `git lfs pull`"
        case .annexPointer: "this is a git-annex pointer, not the file itself; fetch it with `git annex get`"
        case .webPage: "this is a web page, not \(wanted.rawValue): the download went wrong; download it again"
        case .xml: "this is an XML answer of a server, not \(wanted.rawValue): download it again"
        case .utf16:
            "this is UTF-16 text, not \(wanted.rawValue): save it as UTF-8 (`iconv -f UTF-16 -t UTF-8`)"
        case .archive("zip") where wanted != .json:
            """
            this is a zip archive, not \(wanted.rawValue): unpack it; if it is torch's own, it holds pickled weights, which \
            are refused: convert them to safetensors
            """
        case .archive(let name): "this is a \(name) archive, not \(wanted.rawValue): unpack it"
        case .text(let line):
            "this is the text \"\(line)\", not \(wanted.rawValue): a server's answer in its place? Download it again"
        case .zeros: "this begins with zero bytes only, as an unfinished copy does: copy or download it again"
        case .unknown: nil
        }
    }

    private static func binary(_ start: UnsafeRawBufferPointer) -> FileKind? {
        func begins(_ bytes: UInt8...) -> Bool { start.starts(with: bytes) }
        if start.starts(with: Array("GGUF".utf8)) { return .gguf }
        // The length of the table may begin with any byte, 0x80 and 'P' too; the ninth byte tells.
        if start.count > 8, start[8] == UInt8(ascii: "{") {
            if start[5..<8].allSatisfy({ $0 == 0 }) { return .safetensors }
        } else if start.count > 1, start[0] == 0x80, (2...5).contains(start[1]) {
            return .pickle
        }
        if begins(0x50, 0x4B, 3, 4) { return isTorchArchive(start) ? .pickle : .archive("zip") }
        if begins(0x1F, 0x8B) { return .archive("gzip") }
        if begins(0x42, 0x5A, 0x68) { return .archive("bzip2") }
        if begins(0xFD, 0x37, 0x7A, 0x58, 0x5A, 0) { return .archive("xz") }
        if begins(0x28, 0xB5, 0x2F, 0xFD) { return .archive("zstd") }
        if begins(0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C) { return .archive("7z") }
        if start.count > 262, start[257..<262].elementsEqual("ustar".utf8) { return .archive("tar") }
        if begins(0xFF, 0xFE) || begins(0xFE, 0xFF) || begins(0x7B, 0, 0x0A, 0) || begins(0x7B, 0, 0x22, 0)
            || begins(0x7B, 0, 0x0D, 0) || begins(0x7B, 0, 0x20, 0) || begins(0, 0x7B, 0)
        {
            return .utf16
        }
        return start.count >= 16 && start.allSatisfy { $0 == 0 } ? .zeros : nil
    }

    /// torch keeps its pickle in a zip archive, as the first entry: `archive/data.pkl`.
    private static func isTorchArchive(_ start: UnsafeRawBufferPointer) -> Bool {
        guard start.count > 30 else { return false }
        let end = min(start.count, 30 + Int(start[26]) + Int(start[27]) << 8)
        return String(decoding: start[30..<max(30, end)], as: UTF8.self).hasSuffix("data.pkl")
    }

    private static func text(_ start: UnsafeRawBufferPointer) -> FileKind? {
        // The last character may be cut.
        let text = String(decoding: start, as: UTF8.self)
        let body = text.drop { $0 == "\u{FEFF}" || $0.isWhitespace }
        guard let first = body.first else { return nil }
        let line = body.prefix { !$0.isNewline }
        if line.hasPrefix("version https://git-lfs") { return .lfsPointer }
        if line.contains("/annex/objects/") { return .annexPointer }
        if first == "{" || first == "[" { return .json }
        let lowered = body.prefix(64).lowercased()
        if ["<!doctype html", "<html", "<head", "<body"].contains(where: lowered.hasPrefix) { return .webPage }
        if lowered.hasPrefix("<?xml") || lowered.hasPrefix("<error") { return .xml }
        let isPrintable = line.unicodeScalars.dropLast().allSatisfy {
            $0.value >= 32 && $0 != "\u{FFFD}" && $0.value != 127
        }
        guard isPrintable, line.count >= 2 else { return nil }
        return .text(line.count > 60 ? line.prefix(59) + "…" : String(line))
    }
}
