import Glibc
import Inference

/// The bytes behind the pool: one anonymous mapping, given back to the system when the last user lets go.
///
/// The system backs a page when it is first written, so an unused budget costs address space only.
final class PoolMemory: Sendable {
    let pages: PageMemory

    /// Maps `pageCount` pages of `pageBytes` (a multiple of 64) each. Throws when the system refuses the address space.
    init(pageBytes: Int, pageCount: Int) throws(EngineRefusal) {
        precondition(pageBytes > 0 && pageBytes % 64 == 0 && pageCount > 0)
        let bytes = pageBytes * pageCount
        // MAP_NORESERVE: the budget is a limit, not a reservation.
        let mapped = mmap(
            nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
        guard let mapped, mapped != MAP_FAILED else {
            throw EngineRefusal(
                "the system refused \(bytes) bytes of memory for the pool: \(String(cString: strerror(errno)))"
            )
        }
        pages = PageMemory(base: mapped, pageBytes: pageBytes, pageCount: pageCount)
    }

    deinit { munmap(pages.base, pages.pageBytes * pages.pageCount) }
}
