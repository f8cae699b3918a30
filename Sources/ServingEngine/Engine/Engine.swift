import DeckCore
import Foundation
import Inference
import ModelFiles
import Synchronization
import Threads

/// The embedded engine: one base model, many adapters, one pool, one batch, as a `Deck`.
///
/// Steps run on a thread of their own; adapter files are read on others, the journal is written on another. Everything
/// here may be called from any thread or task.
public final class Engine: Deck {
    private enum Life {
        /// What `restore` gave.
        case made(versions: [AdapterVersion], earlier: [AdapterVersion], pinned: Set<String>)
        case started
    }

    let parts: EngineParts
    private let life: Mutex<Life>

    /// Reserves the pool's address space; nothing runs before `start()`.
    ///
    /// `versions` keeps the bytes of versions, so that a roll-back finds them; nil keeps none.
    ///
    /// Throws when the budget holds no useful sequence, with the arithmetic, or the system refuses the memory or a thread.
    public convenience init(
        model: EngineModel, adapters: any AdapterOpening, journal: any DeckJournal,
        options: EngineOptions, versions: (any VersionKeeping)? = nil
    ) throws(EngineRefusal) {
        let threads: EngineThreads
        do throws(ThreadRefusal) {
            threads = EngineThreads(
                loaders: try LoaderThreads(count: options.loaderThreads), spills: try LoaderThreads(count: 1),
                versions: try LoaderThreads(count: 1))
        } catch {
            throw EngineRefusal(error.description)
        }
        try self.init(
            model: model, adapters: adapters, journal: journal, options: options, threads: threads, versions: versions)
    }

    init(
        model: EngineModel, adapters: any AdapterOpening, journal: any DeckJournal,
        options: EngineOptions, threads: EngineThreads, versions: (any VersionKeeping)? = nil,
        clock: EngineClock = .system
    ) throws(EngineRefusal) {
        parts = try EngineParts(
            model: model, adapters: adapters, journal: journal, options: options, threads: threads,
            versions: versions, clock: clock)
        life = Mutex(.made(versions: [], earlier: [], pinned: []))
    }

    deinit { parts.mailbox.post(.stop {}) }

    /// Gives the engine what it knew before: every name's current version, the versions that names pointed at before (the
    /// oldest of each name first), pins, and the latest events, oldest first.
    /// Reads no file, so thousands of registered adapters cost nothing until they are used. Only before `start()`.
    public func restore(
        _ versions: [AdapterVersion], earlier: [AdapterVersion] = [], pinned: Set<String>, events: [DeckEvent]
    ) {
        life.withLock { life in
            guard case .made = life else { return }
            life = .made(versions: versions, earlier: earlier, pinned: pinned)
            parts.events.restore(events)
        }
    }

    /// Starts the step thread; pinned adapters begin to load. A second call does nothing. Throws when the system refuses the
    /// thread; then nothing will ever run.
    public func start() throws(EngineRefusal) {
        let seed: (versions: [AdapterVersion], earlier: [AdapterVersion], pinned: Set<String>)? = life.withLock {
            life in
            guard case .made(let versions, let earlier, let pinned) = life else { return nil }
            life = .started
            return (versions, earlier, pinned)
        }
        guard let seed else { return }
        let message =
            "started \(parts.model.name): \(parts.poolPages.counted("page")) of \(parts.memory.pages.pageBytes.counted("byte")), "
            + "\(seed.versions.count.counted("adapter")) registered, \(seed.pinned.count) pinned"
        parts.events.record(EventLog.Draft(kind: .started, actor: "engine", message: message))
        // Who asks before the thread's first turn finds what was restored.
        for version in seed.versions { parts.catalogue.set(version.name, AdapterStanding(version, .registered)) }
        do throws(ThreadRefusal) {
            try WorkThread.start("step", stackBytes: 8 << 20) { [parts] in
                StepLoop(parts: parts, versions: seed.versions, earlier: seed.earlier, pinned: seed.pinned).run()
            }
        } catch {
            // Whoever asks from now on hears that the deck stopped.
            _ = parts.mailbox.close()
            throw EngineRefusal(error.description)
        }
    }

    /// What a tenant used beyond its tokens a minute, and in how many seconds it may begin a request again; nil when it may
    /// now.
    public func tokenDebt(of tenant: String, perMinute: Int) -> (tokens: Int, seconds: Double)? {
        parts.allowances.debt(of: tenant, perMinute: perMinute, now: parts.clock.now())
    }

    /// Ends everything: live requests fail, waiting commands are refused, streams finish. Returns when what was recorded
    /// is durable and the step thread touches nothing more.
    public func stop() async {
        let isStarted = life.withLock { if case .started = $0 { true } else { false } }
        guard isStarted else { return }
        await withCheckedContinuation { continuation in
            if !parts.mailbox.post(.stop { continuation.resume() }) { continuation.resume() }
        }
    }

    /// What tenants may ask and are promised, and who owns which adapter name, from now on; replaces what was said before.
    /// A tenant is a request's `origin`; one that is not named here has `EngineOptions.commonTenant`.
    public func setTenants(_ policies: [String: TenantPolicy], owners: [String: String]) {
        parts.mailbox.post(.tenants(policies, owners: owners))
    }

    /// What every tenant has had of every adapter since the engine started. Only after `start()`; also after `stop()`.
    public func usage() async -> [UsageRecord] {
        await withCheckedContinuation { continuation in
            if !parts.mailbox.post(.usage({ continuation.resume(returning: $0) })) {
                continuation.resume(returning: parts.finalUsage.now)
            }
        }
    }

    /// Ends a request that nobody waits for any more; returns when its pages are free. One that ended already is no error.
    /// An operator's `abort` is audited, this is not.
    public func abandon(_ id: RequestID) async {
        await withCheckedContinuation { continuation in
            if !parts.mailbox.post(.dropped(id, then: { continuation.resume() })) { continuation.resume() }
        }
    }

    /// Puts something into the audit log that no command did. Only after `start()`.
    public func note(_ kind: DeckEvent.Kind, by actor: String, about subject: String?, _ message: String) {
        parts.events.record(
            EventLog.Draft(kind: kind, level: .warning, actor: actor, subject: subject, message: message))
    }

    public func snapshots() -> AsyncStream<DeckSnapshot> {
        let stream = parts.publisher.stream()
        parts.mailbox.post(.subscribed)
        return stream
    }

    public func perform(_ command: DeckCommand, by actor: String) async -> CommandOutcome {
        await perform(command, by: actor, found: nil)
    }

    /// What a name stands for now, whatever snapshot was published last: whoever asks after a command's outcome finds what it
    /// did. Nil for a name that nobody registered. Waits for nothing.
    public func standing(of name: String) -> AdapterStanding? { parts.catalogue[name] }

    /// What every name stands for, by name.
    public var standings: [AdapterStanding] { parts.catalogue.all }

    /// The deck at a moment after this was called; nil when it stopped. Only after `start()`.
    public func snapshot() async -> DeckSnapshot? {
        await withCheckedContinuation { continuation in
            if !parts.mailbox.post(.snapshot({ continuation.resume(returning: $0) })) {
                continuation.resume(returning: nil)
            }
        }
    }

    /// Now, among the engine's commands: to be asked for before the registry is asked what was ordered of a name.
    public var moment: UInt64 { parts.ids.next() }

    /// Registers what was found in the adapter root, at a start or when a request named it. No order is taken back by it:
    /// contents that the name was turned away from are left where they are, and the name as it was, and so it is when
    /// something was ordered of it since the registry was asked.
    public func registerFound(
        _ name: String, at path: String, overrideBase: Bool, _ found: FoundAdapter, by actor: String
    ) async -> CommandOutcome {
        await perform(.register(name: name, path: path, overrideBase: overrideBase), by: actor, found: found)
    }

    private func perform(_ command: DeckCommand, by actor: String, found: FoundAdapter?) async -> CommandOutcome {
        await withCheckedContinuation { continuation in
            let pending = PendingCommand(
                command: command.named, actor: actor, order: parts.ids.next(), found: found
            ) {
                continuation.resume(returning: $0)
            }
            if !parts.mailbox.post(.command(pending)) {
                pending.reply(.refused("\(command.commandLine): the deck stopped"))
            }
        }
    }

    public func submit(_ requests: [PromptRequest]) -> [AsyncStream<PromptUpdate>] {
        let encoder = PromptEncoder(model: parts.model)
        var submissions: [Submission] = []
        var known: PromptEncoder.Known?
        let streams = requests.map { request in
            var request = request
            request.adapter = request.adapter.map(CanonicalName.of)
            let (stream, continuation) = AsyncStream.makeStream(of: PromptUpdate.self)
            do throws(PromptEncoder.Refusal) {
                let tokens = try encoder.encode(request, known: known)
                known = PromptEncoder.Known(content: request.content, tokens: tokens)
                let id = RequestID(parts.ids.next())
                continuation.onTermination = { [mailbox = parts.mailbox] termination in
                    if case .cancelled = termination { mailbox.post(.dropped(id)) }
                }
                submissions.append(
                    Submission(
                        id: id, request: request,
                        adapter: parts.model.isBase(request.adapter) ? nil : request.adapter,
                        tokens: tokens, submitted: Date(), arrival: parts.clock.now(),
                        vocabulary: request.format == .jsonObject ? parts.vocabulary.value(parts.model) : nil,
                        continuation: continuation))
            } catch {
                continuation.yield(.failed(.invalid, error.reason))
                continuation.finish()
            }
            return stream
        }
        guard !submissions.isEmpty, !parts.mailbox.post(.submit(submissions)) else { return streams }
        for submission in submissions {
            submission.continuation.yield(.failed(.unavailable, "the deck stopped"))
            submission.continuation.finish()
        }
        return streams
    }
}

extension EngineParts {
    init(
        model: EngineModel, adapters: any AdapterOpening, journal: any DeckJournal,
        options: EngineOptions, threads: EngineThreads, versions: (any VersionKeeping)?, clock: EngineClock
    ) throws(EngineRefusal) {
        guard options.tokensPerPage > 0 else {
            throw EngineRefusal("a page must hold at least one token")
        }
        let pageBytes = model.forward.pageBytes(tokensPerPage: options.tokensPerPage)
        guard pageBytes > 0, pageBytes % 64 == 0 else {
            throw EngineRefusal(
                "\(model.name) asks for pages of \(pageBytes.counted("byte")), not a multiple of 64")
        }
        let pageCount = min(max(0, options.memoryBytes) / pageBytes, Int(Int32.max))
        let tokens = min(Self.usefulTokens, model.forward.contextLength)
        let needed = (tokens + options.tokensPerPage - 1) / options.tokensPerPage
        guard pageCount >= needed else {
            throw EngineRefusal(
                "a pool of \(options.memoryBytes.counted("byte")) has \(pageCount.counted("page")) of \(pageBytes.counted("byte")); one sequence of "
                    + "\(tokens.counted("token")) needs \(needed.counted("page")), \(needed * pageBytes) bytes, and adapters more"
            )
        }
        let memory = try PoolMemory(pageBytes: pageBytes, pageCount: pageCount, growingTo: PoolMemory.machineBytes)
        self.model = model
        self.options = options
        self.memory = memory
        poolPages = pageCount
        loader = AdapterLoader(
            opening: adapters, element: model.forward.adapterElement, memory: memory, runner: threads.loaders,
            versions: versions)
        spillFile = SpillFile(folder: options.spillFolder)
        spillRunner = threads.spills
        versionRunner = threads.versions
        mailbox = Mailbox()
        events = EventLog(journal: journal, limit: 200)
        publisher = SnapshotPublisher()
        ids = RequestCounter()
        self.clock = clock
    }
}
