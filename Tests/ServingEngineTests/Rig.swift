import DeckCore
import Foundation
import Inference
import ModelFiles
import Synchronization

@testable import ServingEngine

/// Holds background jobs until the test runs them.
final class HeldRunner: BackgroundRunner {
    private let jobs = Mutex<[@Sendable () -> Void]>([])

    var count: Int { jobs.withLock { $0.count } }

    func run(_ job: @escaping @Sendable () -> Void) { jobs.withLock { $0.append(job) } }
    func runLater(_ job: @escaping @Sendable () -> Void) { run(job) }

    /// Runs the oldest job; false when there is none.
    func runOne() -> Bool {
        let job = jobs.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        job?()
        return job != nil
    }
}

/// A journal that remembers, and fails when told to.
final class ToyJournal: DeckJournal {
    struct Entry: Sendable {
        let kind: DeckEvent.Kind
        let actor: String
        let message: String
        let command: String?
    }

    struct Broken: Error {}

    let entries = Mutex<[Entry]>([])
    let versions = Mutex<[AdapterVersion]>([])
    let pins = Mutex<Set<String>>([])
    let verified = Mutex<[Digest]>([])
    /// What stood in a name's own place when it was last saved or removed.
    let standing = Mutex<[String: [FileState]]>([:])
    let turnedDown = Mutex<[String: Digest]>([:])
    let isBroken = Mutex(false)

    func record(
        time: Date, kind: DeckEvent.Kind, level: DeckEvent.Level, actor: String, subject: String?,
        message: String,
        command: String?
    ) throws -> Int64 {
        if isBroken.withLock({ $0 }) { throw Broken() }
        return entries.withLock { entries in
            entries.append(Entry(kind: kind, actor: actor, message: message, command: command))
            return Int64(entries.count)
        }
    }

    func save(_ version: AdapterVersion, standing: [FileState]) throws {
        if isBroken.withLock({ $0 }) { throw Broken() }
        versions.withLock { $0.append(version) }
        self.standing.withLock { $0[version.name] = standing }
    }

    func noteTurnedDown(_ content: Digest, files: [FileState], adapter: String) throws {
        if isBroken.withLock({ $0 }) { throw Broken() }
        turnedDown.withLock { $0[adapter] = content }
    }

    func noteVerified(_ adapter: Digest, fileBytes: Int) throws {
        if isBroken.withLock({ $0 }) { throw Broken() }
        verified.withLock { $0.append(adapter) }
    }

    func setPinned(_ pinned: Bool, adapter: String) throws {
        if isBroken.withLock({ $0 }) { throw Broken() }
        pins.withLock { pins in
            if pinned { pins.insert(adapter) } else { pins.remove(adapter) }
        }
    }

    func remove(adapter: String, standing: [FileState]) throws {
        if isBroken.withLock({ $0 }) { throw Broken() }
        self.standing.withLock { $0[adapter] = standing }
        versions.withLock { $0.removeAll { $0.name == adapter } }
        pins.withLock { _ = $0.remove(adapter) }
    }
}

/// A command's outcome, when it is known.
final class Outcome: Sendable {
    private let value = Mutex<CommandOutcome?>(nil)
    var now: CommandOutcome? { value.withLock { $0 } }
    func set(_ outcome: CommandOutcome) { value.withLock { $0 = outcome } }
}

/// How a request ended, with all that it sent.
struct Answer: Sendable {
    var id: RequestID?
    var tokens: [Int] = []
    var text = ""
    var logprobs: [Float?] = []
    var tops: [[TokenLogprob]] = []
    var promptLogprobs: [Float?] = []
    /// As they came: where each piece begins, and its places.
    var promptTops: [(first: Int, tops: [[TokenLogprob]])] = []
    var finish: FinishReason?
    /// As an operator may know it, and as its tenant is told.
    var failure: String?
    var told: String?
    var failureKind: FailureKind?
    var retryAfter: Double?
    var timeline: RequestTimeline?

    /// Reads a stream to its end.
    init(_ stream: AsyncStream<PromptUpdate>) async {
        for await update in stream {
            switch update {
            case .started(let id, _): self.id = id
            case .promptAlternatives(let first, let tops):
                promptTops.append((first, tops))
            case .token(let id, let text, let logprob, let top):
                tokens.append(id)
                self.text += text
                logprobs.append(logprob)
                tops.append(top)
            case .finished(let reason, let text, let promptLogprobs, let timeline):
                finish = reason
                self.text += text
                self.promptLogprobs = promptLogprobs
                self.timeline = timeline
            case .failed(let kind, let reason, let seconds, _):
                failure = update.failure
                told = reason
                retryAfter = seconds
                failureKind = kind
            }
        }
    }
}

/// An engine without threads: the test takes every turn, runs every job and moves the clock.
final class Rig {
    let model: ToyModel
    let adapters: ToyAdapters
    /// Nil where no copies of versions are kept.
    let copies: ToyVersions?
    let journal = ToyJournal()
    let runner = HeldRunner()
    let engine: Engine
    let loop: StepLoop
    let clock: TestClock

    final class TestClock: Sendable {
        let seconds = Mutex(0.0)
        func advance(_ by: Double) { seconds.withLock { $0 += by } }
    }

    /// What is wrong with the base's files, once a test says so.
    let fault = Fault()

    final class Fault: Sendable {
        let reason = Mutex<String?>(nil)
        /// Asked so often before the reason is told.
        let patience = Mutex(0)

        func look() -> String? {
            let isEarly = patience.withLock { patience in
                defer { patience -= 1 }
                return patience > 0
            }
            return isEarly ? nil : reason.withLock { $0 }
        }
    }

    static func model(
        _ toy: ToyModel, tokenizer: (any Tokenizer)? = nil, endTokens: Set<Int> = [], fault: Fault = Fault()
    ) -> EngineModel {
        EngineModel(
            forward: toy, tokenizer: tokenizer, template: nil, endTokens: endTokens, name: "toy-base",
            names: ["toy/Toy-Base"], digest: Digest(bytes: [UInt8](repeating: 7, count: 32))!,
            summary: "toy",
            moduleCount: 10, modules: [.init(kind: "q_proj", inputs: 16, outputs: 16)], fault: { fault.look() })
    }

    /// `files` become registered adapters whose path is their name; `copies` is how many versions are kept.
    init(
        pages: Int, files: [String: ToyAdapters.File] = [:], earlier: [AdapterVersion] = [],
        pinned: Set<String> = [],
        context: Int = 160,
        tokenizer: (any Tokenizer)? = nil, endTokens: Set<Int> = [], copies limit: Int? = nil,
        options change: (inout EngineOptions) -> Void = { _ in }
    ) throws {
        model = ToyModel(contextLength: context)
        adapters = ToyAdapters(files)
        var options = EngineOptions(memoryBytes: pages * 4 * ToyModel.slotBytes)
        options.tokensPerPage = 4
        options.spillBytes = 256 * 4 * ToyModel.slotBytes
        change(&options)
        copies = limit.map { [adapters] in ToyVersions(adapters, limit: $0) }
        let time = TestClock()
        clock = time
        engine = try Engine(
            model: Self.model(model, tokenizer: tokenizer, endTokens: endTokens, fault: fault), adapters: adapters,
            journal: journal,
            options: options, threads: EngineThreads(loaders: runner, spills: runner, versions: runner),
            versions: copies, clock: EngineClock { time.seconds.withLock { $0 } })
        loop = StepLoop(
            parts: engine.parts, versions: files.keys.sorted().map { [adapters] in adapters.version($0) },
            earlier: earlier, pinned: pinned)
    }

    func advance(_ seconds: Double) { clock.advance(seconds) }

    var now: Double { clock.seconds.withLock { $0 } }

    /// From now on a step takes `base` seconds and `perRow` more for each row.
    func paceSteps(base: Double, perRow: Double) {
        model.onStep.withLock { hook in
            hook.call = { [clock] rows in clock.advance(base + perRow * Double(rows)) }
        }
    }

    /// One turn that takes what its step takes, or a hundredth of a second when there is nothing to do.
    func pacedTurn() {
        if !loop.turn() { advance(0.01) }
    }

    func submit(
        _ adapter: String?, _ prompt: [Int], max: Int = 8,
        _ change: (inout PromptRequest) -> Void = { _ in }
    ) -> AsyncStream<PromptUpdate> {
        var request = PromptRequest(
            adapter: adapter, content: .tokens(prompt), maxTokens: max, origin: "test")
        change(&request)
        return engine.submit([request])[0]
    }

    func order(_ command: DeckCommand) -> Outcome {
        let outcome = Outcome()
        engine.parts.mailbox.post(
            .command(
                PendingCommand(command: command, actor: "test", order: engine.parts.ids.next()) {
                    outcome.set($0)
                }))
        return outcome
    }

    /// One turn, a tenth of a second long.
    @discardableResult
    func turn() -> Bool {
        advance(0.1)
        return loop.turn()
    }

    /// Turns and jobs until nothing is left to do.
    func settle(limit: Int = 20_000) async {
        for _ in 0..<limit {
            if turn() { continue }
            if runner.runOne() { continue }
            await durable()
            if !turn() { return }
        }
    }

    /// Waits until the journal wrote everything and replied.
    func durable() async {
        await withCheckedContinuation { continuation in
            engine.parts.events.flush { continuation.resume() }
        }
        // A reply may itself have been queued behind the flush.
        await withCheckedContinuation { continuation in
            engine.parts.events.flush { continuation.resume() }
        }
    }

    func state(_ name: String) -> LoadState? { loop.store.currentRecord(name)?.state }

    func reference(_ adapter: String?, _ prompt: [Int], _ count: Int) -> [Int] {
        let file = adapter.flatMap { name in adapters.files.withLock { $0[name] } }
        return ToyModel.reference(prompt, weights: file.map(ToyAdapters.weights) ?? [], count: count)
    }

    var faults: [String] { model.faults.withLock { $0 } }
}
