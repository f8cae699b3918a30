import DeckCore
import Foundation
import ModelFiles
import Testing

@testable import DeckWire

@Suite struct DeckStreamTests {
    /// A snapshot without what the stream may change: the order of owners, and digits that no screen shows.
    private func essence(_ snapshot: DeckSnapshot) throws -> JSONValue {
        var tree = try ValueEncoder.tree(snapshot, rounds: true)
        guard case .object(var members) = tree, case .object(var pool) = members["pool"] else { return tree }
        pool["owners"] = .null
        pool["ownerOverheadBytes"] = .null
        pool["pages"] = .array(
            try snapshot.pool.pages.map {
                .array([
                    try .encoding(snapshot.pool.owners[Int($0)]), .int(snapshot.pool.ownerOverheadBytes[Int($0)]),
                ])
            })
        members["pool"] = .object(pool)
        tree = .object(members)
        // Through text, where whole fractions become integers.
        return try JSONValue.parse(tree.text, source: "test")
    }

    @Test func everySnapshotArrives() throws {
        for seed in 1...4 as ClosedRange<UInt64> {
            var deck = MovingDeck(seed: seed, adapters: 6, pages: 200)
            var encoder = DeckStreamEncoder()
            var decoder = DeckStreamDecoder()
            for _ in 0..<40 {
                let snapshot = deck.next()
                let arrived = try decoder.apply(try encoder.encode(snapshot))
                #expect(try essence(arrived) == essence(snapshot))
                #expect(arrived.pool.overheadBytes == snapshot.pool.overheadBytes)
            }
        }
    }

    @Test func whoJoinsLaterGetsTheSame() throws {
        var deck = MovingDeck(seed: 9, adapters: 4, pages: 100)
        var encoder = DeckStreamEncoder()
        for _ in 0..<10 { _ = try encoder.encode(deck.next()) }
        var late = DeckStreamDecoder()
        _ = try late.apply(try #require(encoder.full))
        let snapshot = deck.next()
        #expect(try essence(late.apply(encoder.encode(snapshot))) == essence(snapshot))
    }

    @Test func aQuietDeckCostsNothing() throws {
        var deck = MovingDeck(seed: 2, adapters: 200, pages: 3000)
        var encoder = DeckStreamEncoder()
        _ = try encoder.encode(deck.next(stepCount: 1, arrivals: 0))
        #expect(try encoder.encode(deck.next(stepCount: 0, arrivals: 0)).count < 600)
    }

    @Test func aBusyDeckCostsLittle() throws {
        var deck = MovingDeck(seed: 3, adapters: 40, pages: 3000)
        var encoder = DeckStreamEncoder()
        for _ in 0..<10 { _ = try encoder.encode(deck.next(stepCount: 5, arrivals: 2)) }
        var bytes = 0
        for _ in 0..<20 { bytes += try encoder.encode(deck.next(stepCount: 5, arrivals: 2)).count }
        // A quarter of a second each, at 20 steps a second.
        #expect(bytes / 5 < 30_000)
    }

    @Test func aGapIsNoticed() throws {
        var deck = MovingDeck(seed: 4, adapters: 2, pages: 50)
        var encoder = DeckStreamEncoder()
        var decoder = DeckStreamDecoder()
        _ = try decoder.apply(try encoder.encode(deck.next()))
        _ = try encoder.encode(deck.next())
        let third = try encoder.encode(deck.next())
        #expect(throws: DeckStreamError.self) { _ = try decoder.apply(third) }
        _ = try decoder.apply(try #require(encoder.full))
    }

    @Test func patchesOfArrays() throws {
        let cases: [(old: String, new: String)] = [
            ("[1,2,3]", "[]"), ("[]", "[1,[2],{\"a\":[3]}]"), ("[1,2,3,4,5,6,7,8,9,10]", "[1,2,2,2,5,6,7,8,9,10,0,0]"),
            ("[{\"id\":1,\"x\":1},{\"id\":2}]", "[{\"id\":2,\"x\":null},{\"id\":3,\"x\":[]},{\"id\":1,\"x\":2}]"),
            ("{\"a\":{\"b\":1},\"c\":[1]}", "{\"a\":[{\"b\":1}],\"d\":{\"-\":1}}"), ("{\"a\":null}", "{}"),
            ("[\"=\",1]", "[\"~\",\"#\",\"-\"]"), ("1", "[\"-\"]"), ("{\"a\":1}", "{\"a\":[\"-\"]}"),
        ]
        for (old, new) in cases {
            let before = try JSONValue.parse(Array(old.utf8), source: "old")
            let after = try JSONValue.parse(Array(new.utf8), source: "new")
            let patch = try #require(ValuePatch.between(before, after))
            #expect(
                try ValuePatch.apply(patch, to: before) == after,
                "\(old) to \(new) by \(String(decoding: patch.text, as: UTF8.self))")
        }
    }

    @Test(
        "a seed is taken as a number or as a text, exactly, whatever its size",
        arguments: [0, 7, 1 << 53, (1 << 53) + 1, UInt64(Int64.max), 1 << 63, .max - 1, .max] as [UInt64])
    func seeds(seed: UInt64) throws {
        for written in ["\(seed)", "\"\(seed)\""] {
            let text =
                #"{"temperature":0,"topK":0,"topP":1,"minP":0,"repetitionPenalty":1,"presencePenalty":0,"#
                + #""frequencyPenalty":0,"logitBias":{},"seed":\#(written)}"#
            let value = try JSONValue.parse(Array(text.utf8), source: "test")
            #expect(try value.decoded(as: SamplingParameters.self).seed == seed)
        }
    }

    @Test(
        "what is no seed is refused with the field",
        arguments: ["-1", "18446744073709551616", "1.5", "1e30", "\"x\"", "\"-1\"", "true"])
    func noSeed(written: String) throws {
        let text =
            #"{"temperature":0,"topK":0,"topP":1,"minP":0,"repetitionPenalty":1,"presencePenalty":0,"#
            + #""frequencyPenalty":0,"logitBias":{},"seed":\#(written)}"#
        let value = try JSONValue.parse(Array(text.utf8), source: "test")
        let fault = try #require(throws: WireFault.self) { _ = try value.decoded(as: SamplingParameters.self) }
        #expect(fault.field == "seed")
    }

    @Test func ordersSurvive() throws {
        var sampling = SamplingParameters()
        sampling.seed = .max
        sampling.temperature = 0.7
        let order = PromptOrder(requests: [
            PromptRequest(
                adapter: "a", content: .chat([ChatMessage(role: "user", content: "\u{7F}\"\\\n")]), maxTokens: 3,
                sampling: sampling, origin: "console")
        ])
        #expect(
            try JSONValue.parse(JSONValue.encoding(order).text, source: "test").decoded(as: PromptOrder.self) == order)
        for command: DeckCommand in [
            .evict(adapter: "a", digest: nil, mode: .abort), .only(replica: "b", .load(adapter: "a")),
            .abort(RequestID(7)),
        ] {
            let tree = try JSONValue.encoding(CommandOrder(command: command, actor: "me"))
            #expect(try tree.decoded(as: CommandOrder.self).command == command)
            // And as Foundation writes it, for clients that are not ours.
            #expect(
                try JSONValue.parse(Array(JSONEncoder().encode(command)), source: "test").decoded(as: DeckCommand.self)
                    == command)
        }
        let frame = PromptFrame(
            prompt: 1, update: .token(id: 5, text: "é", logprob: -0.25, top: [TokenLogprob(token: 5, logprob: -0.25)]))
        #expect(
            try JSONValue.parse(JSONValue.encoding(frame).text, source: "test").decoded(as: PromptFrame.self) == frame)
    }
}
