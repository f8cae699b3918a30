import Testing

@testable import loradeck

@Suite("Byte counts") struct ByteCountTests {
    private static let amounts: [String: Int] = [
        "512M": 536_870_912, "2G": 2_147_483_648, "1.5g": 1_610_612_736, "900k": 921_600, "1048576": 1_048_576,
        "16MiB": 16_777_216, "16MB": 16_777_216, "64b": 64,
    ]

    @Test("people's ways to write bytes")
    func good() {
        for (text, bytes) in Self.amounts { #expect(ByteCount(argument: text)?.bytes == bytes, "\(text)") }
    }

    @Test("what is no amount", arguments: ["", "M", "-1G", "0", "1X", "1.2.3M", "9999999999T", "nan", "1 G", "１G"])
    func bad(text: String) { #expect(ByteCount(argument: text) == nil) }
}
