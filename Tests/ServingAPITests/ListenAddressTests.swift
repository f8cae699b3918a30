import Testing

@testable import ServingAPI

@Suite struct ListenAddressTests {
    @Test(arguments: [
        ("8000", "127.0.0.1:8000", true), (":8000", "127.0.0.1:8000", true), ("0.0.0.0:1", "0.0.0.0:1", false),
        ("localhost:80", "localhost:80", true), ("[::1]:9", "[::1]:9", true), ("[::]:9", "[::]:9", false),
        ("unix:/tmp/x", "unix:/tmp/x", true), ("127.8.9.1:7", "127.8.9.1:7", true),
        ("127.evil.com:7", "127.evil.com:7", false),
    ])
    func addresses(_ text: String, _ shown: String, _ isLocal: Bool) throws {
        let address = try #require(ListenAddress(text))
        #expect(address.description == shown)
        #expect(address.isLocal == isLocal)
    }

    @Test(arguments: [
        "", "x", "1:2:3", "host:99999", "host:-1", "unix:", "unix:" + String(repeating: "a", count: 120), "a b:1",
    ])
    func noAddresses(_ text: String) { #expect(ListenAddress(text) == nil) }
}
