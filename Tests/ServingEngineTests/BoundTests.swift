import DeckCore
import ModelFiles
import Synchronization
import Testing

@testable import ServingEngine

/// Work that is bounded before it is done.
@Suite("Bounded prompts") struct BoundTests {
    /// One token a byte, and how often it was asked.
    private final class CountingTokenizer: Tokenizer {
        let vocabularySize = 16
        let beginToken: Int? = nil
        let endTokens: Set<Int> = []
        let leadingSpacesToDrop = 0
        let reads = Mutex(0)

        func encode(_ text: String, parsingSpecials: Bool) -> [Int] {
            reads.withLock { $0 += 1 }
            return text.utf8.map { Int($0 % 16) }
        }

        func bytes(of token: Int) -> [UInt8] { (0..<16).contains(token) ? [UInt8(token)] : [] }
    }

    private func encoder(_ tokenizer: any Tokenizer) -> PromptEncoder {
        PromptEncoder(
            model: Rig.model(ToyModel(contextLength: 100), tokenizer: tokenizer, endTokens: []))
    }

    private func request(_ content: PromptRequest.Content) -> PromptRequest {
        PromptRequest(adapter: nil, content: content, maxTokens: 1, origin: "t")
    }

    @Test("A text that cannot fit is refused by its length, unread")
    func length() throws {
        let tokenizer = CountingTokenizer()
        let encoder = encoder(tokenizer)
        do throws(PromptEncoder.Refusal) {
            _ = try encoder.encode(request(.raw(String(repeating: "a", count: 101))))
            Issue.record("it was taken")
        } catch {
            #expect(error.reason.contains("101 bytes") && error.reason.contains("100 tokens"), "\(error.reason)")
        }
        #expect(tokenizer.reads.withLock { $0 } == 0)
        #expect(try encoder.encode(request(.raw(String(repeating: "a", count: 99)))).count == 99)
        #expect(tokenizer.reads.withLock { $0 } == 1)
    }

    @Test("Several answers to one prompt read it once")
    func once() async throws {
        let tokenizer = CountingTokenizer()
        let rig = try Rig(pages: 40, tokenizer: tokenizer)
        let streams = rig.engine.submit(
            (0..<8).map { _ in request(.raw("one")) } + [request(.raw("two")), request(.raw("one"))])
        #expect(streams.count == 10)
        #expect(tokenizer.reads.withLock { $0 } == 3)
    }

    // MARK: tokens a minute

    @Test("What a tenant owes is known before its next request is read")
    func debt() throws {
        var allowances = TokenAllowances()
        #expect(allowances.debt(of: "t", perMinute: 60, now: 0) == nil)
        #expect(allowances.take(60, of: "t", perMinute: 60, now: 0) == nil)
        let empty = try #require(allowances.debt(of: "t", perMinute: 60, now: 0))
        #expect(empty.tokens == 0 && abs(empty.seconds - 1) < 1e-6)
        #expect(allowances.debt(of: "t", perMinute: 60, now: 1) == nil)
        for _ in 0..<31 { allowances.spend("t", perMinute: 60, now: 1) }
        let owed = try #require(allowances.debt(of: "t", perMinute: 60, now: 1))
        #expect(owed.tokens == 30 && abs(owed.seconds - 31) < 1e-6)
        #expect(allowances.debt(of: "t", perMinute: 60, now: 33) == nil)
        #expect(allowances.debt(of: "other", perMinute: 60, now: 1) == nil)
    }

    @Test("A request larger than what is left is refused, and leaves the next its own")
    func refused() throws {
        var allowances = TokenAllowances()
        #expect(allowances.take(50, of: "t", perMinute: 60, now: 0) == nil)
        #expect(allowances.take(20, of: "t", perMinute: 60, now: 0) != nil)
        #expect(allowances.debt(of: "t", perMinute: 60, now: 0) == nil)
        #expect(allowances.take(10, of: "t", perMinute: 60, now: 0) == nil)
    }
}
