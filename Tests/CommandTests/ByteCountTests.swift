import Testing

@testable import loradeck

@Suite("Byte counts") struct ByteCountTests {
    @Test(
        "people's ways to write bytes",
        arguments: [
            ("512M", 512 << 20), ("2G", 2 << 30), ("1.5g", 3 << 29), ("900k", 900 << 10), ("1048576", 1 << 20),
            ("16MiB", 16 << 20), ("16MB", 16 << 20), ("64b", 64),
        ])
    func good(text: String, bytes: Int) { #expect(ByteCount(argument: text)?.bytes == bytes) }

    @Test("what is no amount", arguments: ["", "M", "-1G", "0", "1X", "1.2.3M", "9999999999T", "nan", "1 G", "１G"])
    func bad(text: String) { #expect(ByteCount(argument: text) == nil) }
}
