import DeckCore
import Glibc

/// What this process costs, from `/proc/self` and getrusage(2).
struct ProcessMeter: Sendable {
    private var lastProcessorSeconds: Double
    private var lastTime: Double

    init(now: Double) {
        lastProcessorSeconds = Self.processorSeconds()
        lastTime = now
    }

    /// The resident set now, and the processor time since the last call over the wall time since then.
    mutating func read(now: Double) -> ProcessUsage {
        let processor = Self.processorSeconds()
        let share = now > lastTime ? (processor - lastProcessorSeconds) / (now - lastTime) : 0
        lastProcessorSeconds = processor
        lastTime = now
        return ProcessUsage(residentBytes: Self.residentBytes(), processorShare: max(0, share))
    }

    private static func processorSeconds() -> Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
            + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6
    }

    /// The second field of `/proc/self/statm` counts resident pages; 0 where that cannot be read.
    private static func residentBytes() -> Int {
        let file = open("/proc/self/statm", O_RDONLY)
        guard file >= 0 else { return 0 }
        defer { close(file) }
        var buffer = [UInt8](repeating: 0, count: 128)
        let count = Glibc.read(file, &buffer, buffer.count)
        guard count > 0 else { return 0 }
        let fields = buffer[..<count].split(separator: UInt8(ascii: " "))
        guard fields.count > 1, let pages = Int(String(decoding: fields[1], as: UTF8.self)) else {
            return 0
        }
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }
}
