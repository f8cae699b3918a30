import DeckCore
import Dispatch
import Inference
import Synchronization

/// Seconds on a clock that never goes back. Tests bring their own.
struct EngineClock: Sendable {
    let now: @Sendable () -> Double

    static let system: EngineClock = {
        let start = DispatchTime.now().uptimeNanoseconds
        return EngineClock { Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9 }
    }()
}

/// Who does what takes long, off the step thread.
struct EngineThreads: Sendable {
    let loaders: any BackgroundRunner
    let spills: any BackgroundRunner
    let versions: any BackgroundRunner
}

/// What the step thread and everyone who talks to it share.
struct EngineParts: Sendable {
    let model: EngineModel
    let options: EngineOptions
    let memory: PoolMemory
    /// Pages of the pool at first; the memory has address space for more.
    let poolPages: Int
    let loader: AdapterLoader
    /// KV of preempted sequences, and the one thread that writes and reads it, in order.
    let spillFile: SpillFile
    let spillRunner: any BackgroundRunner
    /// Makes and judges copies of versions' bytes, one after the other; apart from the loaders, for which requests wait.
    let versionRunner: any BackgroundRunner
    let mailbox: Mailbox
    let events: EventLog
    let publisher: SnapshotPublisher
    let catalogue = AdapterCatalogue()
    let orders = NameOrders()
    let ids: RequestCounter
    let clock: EngineClock
    let vocabulary = SharedVocabulary()
    let allowances = SharedAllowances()
    /// For who asks after the end.
    let finalUsage = FinalUsage()

    /// Tokens that the shortest useful prompt and answer have together.
    static let usefulTokens = 64

    /// Pages of the smallest pool that can serve.
    var leastPages: Int { limits.pages(for: min(Self.usefulTokens, model.forward.contextLength)) }

    /// Pages that pins must leave in a pool: one full-length sequence, or half the pool where that is less.
    func servingReserve(of pageCount: Int) -> Int {
        min(limits.pages(for: model.forward.contextLength), max(1, pageCount / 2))
    }

    /// Nothing is kept yet. What is on its way between pool and disk takes at most an eighth of the file's size.
    var spillBook: SpillBook {
        let pageBytes = memory.pages.pageBytes
        let slots = min(max(0, options.spillBytes) / pageBytes, Int(Int32.max))
        return SpillBook(slotCount: slots, bufferLimit: (slots + 7) / 8, pageBytes: pageBytes)
    }

    var limits: SchedulerLimits {
        SchedulerLimits(
            tokensPerPage: options.tokensPerPage, maxSequences: max(1, options.maxSequences),
            stepRows: max(1, options.stepRows), agingSeconds: options.agingSeconds,
            stepTargetSeconds: options.stepTargetSeconds)
    }
}

/// Every token's bytes, laid out when somebody first needs them, on the thread of whoever asks.
final class SharedVocabulary: Sendable {
    private let known = Mutex<ByteVocabulary?>(nil)

    /// Nil for a model without a tokenizer.
    func value(_ model: EngineModel) -> ByteVocabulary? {
        guard let tokenizer = model.tokenizer else { return nil }
        return known.withLock { known in
            if let known { return known }
            let vocabulary = ByteVocabulary(tokenizer, count: model.forward.vocabularySize)
            known = vocabulary
            return vocabulary
        }
    }
}

/// What tenants had had when the engine stopped.
final class FinalUsage: Sendable {
    private let records = Mutex<[UsageRecord]>([])

    var now: [UsageRecord] { records.withLock { $0 } }
    func keep(_ records: [UsageRecord]) { self.records.withLock { $0 = records } }
}

/// One counter for requests and commands, so that their age can be compared.
final class RequestCounter: Sendable {
    private let last = Atomic<UInt64>(0)

    func next() -> UInt64 { last.wrappingAdd(1, ordering: .relaxed).newValue }
}
