import CProcess
import DeckCore
import Synchronization

/// How many bytes of bodies each tenant's requests hold, from their arrival until they are read; what is beyond its share is
/// refused. When the last of much is gone, the memory goes back to the system.
final class BodyBudget: Sendable {
    private struct State {
        var held: [String: Int] = [:]
        /// Bytes that were let go since memory was given back last.
        var loose = 0
        /// Whether somebody waits for quiet, to give memory back.
        var isWatched = false
    }

    /// So much is worth the work.
    private static let trimBytes = 4 << 20

    private let perTenant: Int
    private let quietSeconds: Double
    private let trim: @Sendable () -> Void
    private let state = Mutex(State())

    /// `trim` gives freed memory back to the system, when no body has been in hand for `quietSeconds`: what was made of the
    /// last one is gone by then too.
    init(perTenant: Int, quietSeconds: Double = 1, trim: @escaping @Sendable () -> Void = { deck_trim_memory() }) {
        self.perTenant = perTenant
        self.quietSeconds = quietSeconds
        self.trim = trim
    }

    /// Takes bytes that arrived. Throws when they are more than a tenant may have in hand at once.
    fileprivate func take(_ count: Int, of tenant: String) throws(APIError) {
        let held = state.withLock { state in
            let held = state.held[tenant] ?? 0
            if held + count <= perTenant { state.held[tenant] = held + count }
            return held
        }
        guard held + count > perTenant else { return }
        throw APIError(
            status: 429,
            message: "the requests of tenant \(tenant) that are being read have \(held.counted("byte")) already; "
                + "\(perTenant) are possible at once: send fewer large requests together", retryAfter: 1, closes: true)
    }

    fileprivate func giveBack(_ count: Int, of tenant: String) {
        guard count > 0 else { return }
        let mustWatch = state.withLock { state in
            let left = (state.held[tenant] ?? 0) - count
            state.held[tenant] = left > 0 ? left : nil
            state.loose += count
            guard state.held.isEmpty, state.loose >= Self.trimBytes, !state.isWatched else { return false }
            state.isWatched = true
            return true
        }
        guard mustWatch else { return }
        Task { [self] in
            try? await Task.sleep(for: .seconds(quietSeconds))
            let isQuiet = state.withLock { state in
                state.isWatched = false
                // The end of what is in hand now is watched in its turn.
                guard state.held.isEmpty else { return false }
                state.loose = 0
                return true
            }
            if isQuiet { trim() }
        }
    }

    /// Bytes in hand, of all tenants.
    var held: Int { state.withLock { $0.held.values.reduce(0, +) } }
}

/// A request's body, as long as its bytes are needed.
final class ReceivedBody: Sendable {
    private let content = Mutex<[UInt8]>([])
    private let budget: BodyBudget
    private let tenant: String

    init(of tenant: String, budget: BodyBudget) {
        self.tenant = tenant
        self.budget = budget
    }

    /// The bytes that came so far.
    var bytes: [UInt8] { content.withLock { $0 } }
    var count: Int { content.withLock { $0.count } }

    func append(_ bytes: some Collection<UInt8>) throws(APIError) {
        try budget.take(bytes.count, of: tenant)
        content.withLock { $0 += bytes }
    }

    /// Lets the bytes go: they were read.
    func drop() {
        let count = content.withLock { content in
            defer { content = [] }
            return content.count
        }
        budget.giveBack(count, of: tenant)
    }

    deinit { drop() }
}
