import DeckCore
import Foundation
import TestSupport
import Testing

@testable import ServingAPI

/// Bodies that nobody would write: each ends in an order or in a 4xx, never in a trap.
@Suite("Fuzzed bodies") struct FuzzTests {
    private static let seeds = [
        #"{"model":"a","prompt":"hello","max_tokens":5,"temperature":0.5,"n":2,"stop":["x","y"],"seed":-7}"#,
        #"{"prompt":[[1,2],[3]],"logprobs":3,"echo":true,"logit_bias":{"1":-100,"2":3.5},"stream":false}"#,
        #"{"messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":[{"type":"text","text":"é"}]}],"logprobs":true,"top_logprobs":2,"max_completion_tokens":9}"#,
        #"{"messages":[{"role":"system","content":"\u0041\ud83d\ude00"}],"response_format":{"type":"json_object"},"stream":true,"stream_options":{"include_usage":true}}"#,
    ].map { Array($0.utf8) }
    private static let pieces = [
        "{", "}", "[", "]", "\"", ",", ":", "null", "true", "1e999", "-0", "9223372036854775808", "\\u0000", "\\ud800",
        "\u{0}", "{\"prompt\":", "[[", "1.5", "-1", "0.0000001", "\"model\":\"base\"", "\"n\":", "é", "\\",
    ].map { Array($0.utf8) }

    @Test func ordersOrErrors() throws {
        let model = TestServing(ScriptedDeck()).model
        let options = ServerOptions(address: .tcp(host: "127.0.0.1", port: 0))
        // A million bodies take some twenty seconds; set the number by hand for that.
        let count = ProcessInfo.processInfo.environment["LORADECK_FUZZ"].flatMap { Int($0) } ?? 50_000
        var random = SeededGenerator(seed: 42)
        var accepted = 0
        for _ in 0..<count {
            var body = Self.seeds.randomElement(using: &random)!
            for _ in 0..<Int.random(in: 0...4, using: &random) {
                let place = Int.random(in: 0...body.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0: body.insert(contentsOf: Self.pieces.randomElement(using: &random)!, at: place)
                case 1: body.insert(UInt8.random(in: 0...255, using: &random), at: place)
                case 2 where place < body.count: body[place] = UInt8.random(in: 0...255, using: &random)
                default: body.removeSubrange(place..<min(body.count, place + Int.random(in: 0...12, using: &random)))
                }
            }
            do throws(APIError) {
                let isChat = String(decoding: body, as: UTF8.self).contains("\"messages\"")
                var order =
                    isChat
                    ? try CompletionOrder(chat: try Fields(body, .chat), model: model, limits: options)
                    : try CompletionOrder(completion: try Fields(body, .completions), model: model, limits: options)
                try order.read(model, TenantRecord(name: "fuzz"))
                accepted += 1
                let requests = order.requests(origin: "fuzz", contextLength: model.contextLength)
                #expect(requests.count == order.choiceCount && requests.allSatisfy { $0.maxTokens >= 1 })
            } catch {
                guard (400..<500).contains(error.status) else {
                    Issue.record("\(error) for \(String(decoding: body, as: UTF8.self))")
                    return
                }
            }
        }
        #expect(accepted > count / 20)
    }
}
