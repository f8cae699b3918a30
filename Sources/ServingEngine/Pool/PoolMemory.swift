import Glibc
import Inference

/// The bytes behind the pool: one anonymous mapping, given back to the system when the last user lets go.
///
/// The system backs a page when it is first written, so an unused budget costs address space only. There is room to grow:
/// a pool may get as large as the machine's memory while it runs.
final class PoolMemory: Sendable {
    let pages: PageMemory

    /// Bytes of the machine's memory.
    static var machineBytes: Int { sysconf(Int32(_SC_PHYS_PAGES)) * systemPageBytes }
    private static var systemPageBytes: Int { sysconf(Int32(_SC_PAGESIZE)) }

    /// Maps at least `pageCount` pages of `pageBytes` (a multiple of 64) each, and address space up to `limit` bytes where
    /// the system gives it. Throws when it refuses the address space of `pageCount` pages.
    init(pageBytes: Int, pageCount: Int, growingTo limit: Int = 0) throws(EngineRefusal) {
        precondition(pageBytes > 0 && pageBytes % 64 == 0 && pageCount > 0)
        let most = max(pageCount, min(limit / pageBytes, Int(Int32.max)))
        for count in Set([most, pageCount]).sorted(by: >) {
            guard let base = Self.map(pageBytes * count) else { continue }
            pages = PageMemory(base: base, pageBytes: pageBytes, pageCount: count)
            return
        }
        throw EngineRefusal(
            "the system refused \(pageBytes * pageCount) bytes of memory for the pool: "
                + String(cString: strerror(errno)))
    }

    private static func map(_ bytes: Int) -> UnsafeMutableRawPointer? {
        // MAP_NORESERVE: the budget is a limit, not a reservation.
        let mapped = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
        guard let mapped, mapped != MAP_FAILED else { return nil }
        // Every step streams adapters and keys from here: large pages spare address translation, and the processor's own
        // prefetching stops at the system's page ends. Refusal does no harm.
        madvise(mapped, bytes, MADV_HUGEPAGE)
        return mapped
    }

    /// Gives the memory of pages that nobody holds back to the system; what was written there is gone.
    func giveBack(_ numbers: some Collection<Int32>) {
        var run: Range<Int>?
        for number in numbers.map(Int.init).sorted() {
            if let known = run, known.upperBound == number {
                run = known.lowerBound..<number + 1
            } else {
                if let run { giveBack(run) }
                run = number..<number + 1
            }
        }
        if let run { giveBack(run) }
    }

    /// Gives back the system's pages that lie wholly in the run. One that the run shares with its neighbours stays, with what
    /// they hold.
    private func giveBack(_ run: Range<Int>) {
        let system = Self.systemPageBytes
        let first = (run.lowerBound * pages.pageBytes + system - 1) / system * system
        let end = run.upperBound * pages.pageBytes / system * system
        guard end > first else { return }
        madvise(pages.base + first, end - first, MADV_DONTNEED)
    }

    deinit { munmap(pages.base, pages.pageBytes * pages.pageCount) }
}
