import DeckCore
import Foundation
import Inference
import ModelFiles

/// An operator's eviction that is under way.
struct Drain {
    let pending: PendingCommand
    let digest: Digest
    /// Pages and users of the adapter when the order came.
    let pages: Int
    let sequences: Int
}

/// The step thread's whole state, and one turn of it: take what arrived, plan, run a step, deliver. Not Sendable, never
/// locked: other threads reach it through the mailbox, and it reaches them through streams, jobs and replies.
final class StepLoop {
    let parts: EngineParts
    var pool: PagePool
    var store: AdapterStore
    var scheduler: Scheduler
    var generations: [RequestID: Generation] = [:]
    /// Headers that were read, until their weights are.
    var contents: [AdapterKey: any AdapterContent] = [:]
    var tickets: [AdapterKey: LoadTicket] = [:]
    var loadBegan: [AdapterKey: Double] = [:]
    /// What loads take, the latest counting most; nil before the first.
    var meanLoadSeconds: Double?
    /// Without the wait for pages, which says nothing about what a reload costs.
    var readBegan: [AdapterKey: Double] = [:]
    /// Loads whose wait for pages is in the audit log.
    var announcedWaits: Set<AdapterKey> = []
    /// What adapters look like that were not used lately; with thousands of them most of a snapshot is this.
    var dormant: [String: Dormant] = [:]
    /// Commands that a load, or the drain of an adapter, answers.
    var loadWaiters: [AdapterKey: [PendingCommand]] = [:]
    var drainWaiters: [AdapterKey: [Drain]] = [:]
    /// Names whose adapters held pages, or were on their way to, when that was told last.
    var sharedActive: Set<String> = []
    /// Names that are being unregistered.
    var departures: [String: Departure] = [:]
    var versions: VersionBook
    /// Where their bytes are.
    var versionPlaces = VersionPlaces()
    var admissionPause: PausedAdmission?
    var probes = ProbeBench()
    let jsonMasks = JSONMasks()
    var proofs = ProofBook(limit: 4096)
    var meters: [String: AdapterMeter] = [:]
    var baseMeter: AdapterMeter
    /// Over all adapters and the base.
    var deckLatency: LatencyMeter
    var tenantMeters: TenantMeters
    var usage = UsageMeter()
    /// Adapter names' tenants.
    var owners: [String: String] = [:]
    /// On the engine's clock.
    var pagesCountedUntil = 0.0
    var weightsCountedUntil = 0.0
    var thrash: ThrashMeter
    var promptRate: RateWindow
    var tokenRate: RateWindow
    var processMeter: ProcessMeter
    var steps = Ring<StepSnapshot>(limit: 240)
    var ended = Ring<RequestSnapshot>(limit: 64)
    var stepIndex = 0
    var snapshotIndex = 0
    /// Those who asked for a snapshot of their own; one serves all of a turn.
    var snapshotReplies: [@Sendable (DeckSnapshot?) -> Void] = []
    /// Latency percentiles that the snapshot under way may still compute.
    var percentileBudget = 0
    var lastPublished = -Double.infinity
    /// What building the last snapshot took.
    var snapshotSeconds = 0.0
    var isDirty = true
    /// Why nothing is computed any more.
    var baseFault: String?
    /// Refusals of requests as last recorded, so that one client in a loop does not fill the audit log.
    var lastRefusals: [String: Double] = [:]
    private(set) var stopReplies: [@Sendable () -> Void] = []

    init(
        parts: EngineParts, versions: [AdapterVersion], earlier: [AdapterVersion] = [], pinned: Set<String>
    ) {
        self.parts = parts
        self.versions = VersionBook(earlier)
        pool = PagePool(pageCount: parts.poolPages)
        store = AdapterStore(servingReserve: parts.servingReserve(of: parts.poolPages))
        scheduler = Scheduler(
            limits: parts.limits,
            tenants: TenantTable(policies: parts.options.tenants, common: parts.options.commonTenant),
            spills: parts.spillBook)
        tenantMeters = TenantMeters(windowSeconds: parts.options.metricsWindowSeconds)
        thrash = ThrashMeter(windowSeconds: parts.options.thrashSeconds)
        baseMeter = AdapterMeter(windowSeconds: parts.options.metricsWindowSeconds)
        deckLatency = LatencyMeter(windowSeconds: parts.options.metricsWindowSeconds)
        promptRate = RateWindow(seconds: min(10, parts.options.metricsWindowSeconds))
        tokenRate = RateWindow(seconds: min(10, parts.options.metricsWindowSeconds))
        processMeter = ProcessMeter(now: parts.clock.now())
        pagesCountedUntil = parts.clock.now()
        weightsCountedUntil = pagesCountedUntil
        for version in versions {
            let isOverridden = if case .overridden = version.facts.verdict { true } else { false }
            _ = store.register(version, overrideBase: isOverridden, pool: &pool)
        }
        for name in pinned.sorted() {
            guard let key = store.currentKey(name) else { continue }
            store.setPinned(name, true)
            store.wantByOperator(key, order: parts.ids.next(), now: now)
        }
    }

    var now: Double { parts.clock.now() }

    /// Runs until stopped.
    func run() {
        while stopReplies.isEmpty {
            let progressed = turn()
            publishIfDue()
            guard !progressed, stopReplies.isEmpty else { continue }
            parts.mailbox.wait(seconds: secondsToNextSnapshot())
        }
        end()
    }

    /// Takes what arrived, plans and runs one step. False when nothing is left to do until something arrives.
    func turn() -> Bool {
        countPages()
        let messages = parts.mailbox.takeAll()
        for message in messages { handle(message) }
        answerSnapshots()
        guard stopReplies.isEmpty else { return false }
        if baseStands() { releaseProbes() }
        for rejection in scheduler.expired(now: now) { giveUp(rejection) }
        let plan = scheduler.plan(pool: &pool, store: &store, now: now)
        carryOut(plan)
        if !plan.slices.isEmpty { runStep(plan) }
        if !departures.isEmpty { continueDepartures() }
        let changed = plan.changedSomething || !messages.isEmpty
        // A step that only computes moves no adapter.
        if !messages.isEmpty || plan.movesAdapters { shareActive() }
        isDirty = isDirty || changed || !plan.opening.isEmpty || !plan.reading.isEmpty
        return changed
    }

    private func handle(_ message: Message) {
        switch message {
        case .submit(let submissions): submissions.forEach(ingest)
        case .dropped(let id, let then):
            finish(id, .aborted)
            then?()
        case .tenants(let policies, let owners): setTenants(policies, owners: owners)
        case .usage(let reply): reply(usageRecords())
        case .command(let pending): perform(pending)
        case .opened(let key, let result): opened(key, result)
        case .read(let key, let result): read(key, result)
        case .kept(let id, let ticket, let seconds, let fault):
            spilled { $0.wrote(id, ticket, seconds: seconds, fault: fault) }
        case .fetched(let id, let ticket, let buffer, let seconds, let fault):
            spilled { $0.read(id, ticket, buffer, seconds: seconds, fault: fault) }
        case .identified(let pending, let result, let overrideBase):
            identified(pending, result, overrideBase)
        case .versionsSeen(let sighting): versionsSeen(sighting)
        case .verified(let pending, let result): verified(pending, result)
        case .removed(let name, let fault): removed(name, fault: fault)
        case .pinLost(let name, let wasPinned): store.setPinned(name, wasPinned)
        case .snapshot(let reply): snapshotReplies.append(reply)
        case .subscribed: lastPublished = -Double.infinity
        case .stop(let reply): stopReplies.append(reply)
        }
    }

    private func carryOut(_ plan: StepPlan) {
        moveKV(plan)
        for rejection in plan.rejected { fail(rejection.id, rejection.kind, rejection.reason) }
        for eviction in plan.evicted {
            let operatorName = eviction.claimant.flatMap { loadWaiters[$0]?.first?.actor }
            evicted(eviction.adapter, for: eviction.tenant ?? operatorName ?? "engine", reason: eviction.reason)
        }
        for refusal in plan.refusedLoads { refusedLoad(refusal.key, refusal.reason) }
        for load in plan.waitingLoads { announceWait(load.key, load.reason) }
        for key in plan.opening { open(key) }
        for key in plan.reading { readWeights(key) }
        for id in plan.preempted { preempted(id) }
        for id in plan.admitted { began(id) }
    }

    /// Fails what lives, answers what waits, and lets go.
    private func end() {
        let reason = "the deck stopped"
        let records = usageRecords()
        parts.finalUsage.keep(records)
        var usageReplies: [@Sendable ([UsageRecord]) -> Void] = []
        for ticket in tickets.values { ticket.cancel() }
        for id in generations.keys.sorted() { fail(id, .unavailable, reason) }
        let waiting = loadWaiters.values.joined() + drainWaiters.values.joined().map(\.pending)
        for pending in waiting { pending.reply(.refused("\(pending.command.commandLine): \(reason)")) }
        defer {
            for departure in departures.values {
                departure.pending.reply(.refused("\(departure.pending.command.commandLine): \(reason)"))
            }
            departures = [:]
        }
        for message in parts.mailbox.close() {
            switch message {
            case .submit(let submissions):
                for submission in submissions {
                    submission.continuation.yield(.failed(.unavailable, reason))
                    submission.continuation.finish()
                }
            case .removed(let name, fault: nil):
                guard let departure = departures.removeValue(forKey: name) else { continue }
                departure.pending.reply(.done(departure.message(name)))
            case .command(let pending), .identified(let pending, _, _), .verified(let pending, _):
                pending.reply(.refused("\(pending.command.commandLine): \(reason)"))
            case .dropped(_, let then): then?()
            case .usage(let reply): usageReplies.append(reply)
            case .snapshot(let reply): reply(nil)
            case .stop(let reply): stopReplies.append(reply)
            default: break
            }
        }
        publish()
        parts.publisher.finish()
        for reply in usageReplies { reply(records) }
        let replies = stopReplies
        parts.events.flush { for reply in replies { reply() } }
    }

    /// What is wrong between sequences, versions and pages; nil when nothing is (invariant 11).
    func integrityFault() -> String? {
        if let fault = scheduler.integrityFault(pool: pool, store: store) { return fault }
        if Set(generations.keys) != Set(scheduler.sequences.keys) {
            return "generations and sequences differ"
        }
        guard generations.isEmpty else { return nil }
        let kept = store.active.reduce(0) { $0 + (store[$1]?.pages.count ?? 0) } + pool.prefixes.pageCount
        return pool.usedCount == kept
            ? nil : "idle, yet \(pool.usedCount.counted("page")) used, \(kept) resident or cached"
    }
}
