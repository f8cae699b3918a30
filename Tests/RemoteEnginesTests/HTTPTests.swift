import Foundation
import TestSupport
import Testing

@testable import HTTPClient

@Suite("HTTP") struct HTTPTests {
    /// Feeds `bytes` in pieces of `size` and returns the body.
    private func read(_ text: String, by size: Int) throws -> (status: Int?, body: String, isComplete: Bool) {
        let bytes = Array(text.utf8)
        var reader = HTTPResponseReader()
        var body: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            body += try reader.feed(bytes[start..<min(start + size, bytes.count)])
        }
        return (reader.status, String(decoding: body, as: UTF8.self), reader.isComplete)
    }

    @Test("a chunked body comes whole, wherever it was split", arguments: [1, 2, 3, 7, 1000])
    func chunked(size: Int) throws {
        let text =
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "5;x=y\r\nhel\u{E9}\r\nA\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\n"
        let result = try read(text, by: size)
        #expect(result.status == 200 && result.body == "hel\u{E9}0123456789" && result.isComplete)
    }

    @Test("a body of a given length, or to the connection's end; one that is cut is an error")
    func lengths() throws {
        let counted = try read("HTTP/1.1 404 Not Found\r\ncontent-length: 3\r\n\r\nabc", by: 2)
        #expect(counted.status == 404 && counted.body == "abc" && counted.isComplete)
        var reader = HTTPResponseReader()
        #expect(try reader.feed(Array("HTTP/1.0 200 OK\r\n\r\nabc".utf8)) == Array("abc".utf8))
        #expect(!reader.isComplete)
        try reader.end()
        #expect(reader.isComplete)
        var cut = HTTPResponseReader()
        _ = try cut.feed(Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab".utf8))
        #expect(throws: HTTPResponseReader.Malformed.self) { try cut.end() }
        for bad in [
            "SSH-2.0-x\r\n", "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nabc",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        ] {
            #expect(throws: HTTPResponseReader.Malformed.self) { try read(bad, by: 1) }
        }
    }

    @Test(
        "a head that never ends is an error, in whichever part of it",
        arguments: [
            ("HTTP/1.1 200 OK\r\n", "X: y\r\n"), ("", "HTTP/1.1 100 Continue\r\n\r\n"),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "X: y\r\n"),
        ])
    func endlessHeads(_ beginning: String, _ line: String) throws {
        var reader = HTTPResponseReader()
        _ = try reader.feed(Array(beginning.utf8))
        let lines = Array(String(repeating: line, count: 1000).utf8)
        #expect(throws: HTTPResponseReader.Malformed.self) {
            for _ in 0..<1000 { _ = try reader.feed(lines) }
        }
    }

    @Test("a long body of small chunks is no endless head")
    func smallChunks() throws {
        var reader = HTTPResponseReader()
        _ = try reader.feed(Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".utf8))
        var body = 0
        let chunks = Array(String(repeating: "1\r\na\r\n", count: 1000).utf8)
        for _ in 0..<400 { body += try reader.feed(chunks).count }
        #expect(body == 400_000)
    }

    @Test("a server that sends without a pause is over time all the same")
    func flood() async throws {
        let server = try FakeServer(stream: { _, send in
            guard send("HTTP/1.1 200 OK\r\n\r\n") else { return }
            let piece = String(repeating: "x", count: 1 << 20)
            while send(piece) {}
        })
        defer { server.stop() }
        let limits = HTTPLimits(connectSeconds: 5, silenceSeconds: 600, totalSeconds: 0.3, bodyBytes: .max)
        let exchange = HTTPExchange(
            HTTPAddress(loopbackPort: server.port), method: "GET", path: "/", body: nil, key: nil, limits: limits)
        await #expect(throws: HTTPExchange.Failure.self) { try await exchange.run { _, _ in } }
    }

    @Test("events come whole, split inside a character or a line's end", arguments: [1, 2, 5, 1000])
    func events(size: Int) {
        let bytes = Array(
            ": ping\r\n\r\ndata: {\"a\":\"\u{1F600}\"}\r\n\r\nid: 1\ndata:x\ndata:  y\n\ndata: late\r\r".utf8)
        var stream = EventStream()
        var events: [String] = []
        for start in stride(from: 0, to: bytes.count, by: size) {
            events += stream.feed(bytes[start..<min(start + size, bytes.count)])
        }
        #expect(events == ["{\"a\":\"\u{1F600}\"}", "x\n y", "late"])
    }

    @Test("addresses: with and without port and path, no TLS")
    func addresses() throws {
        let plain = try #require(HTTPAddress("http://localhost:8000/v1/"))
        #expect(plain.host == "localhost" && plain.port == 8000 && plain.prefix.isEmpty)
        #expect(HTTPAddress("http://host")?.port == 80)
        #expect(HTTPAddress("http://[::1]:9/a")?.host == "::1")
        #expect(HTTPAddress("unix:/run/deck.sock")?.socketPath == "/run/deck.sock")
        #expect(HTTPAddress("unix:///run/deck.sock")?.description == "unix:/run/deck.sock")
        for bad in [
            "https://host", "host:80", "http://", "http://h:99999", "unix:", "unix:relative", "unix://host/path",
            "unix:/" + String(repeating: "x", count: 110),
        ] { #expect(HTTPAddress(bad) == nil) }
    }
}
